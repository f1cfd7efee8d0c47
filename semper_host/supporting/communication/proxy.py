"""A SOCKS5 proxy such as Tor's: who connects stays hidden, and so does which name was looked up (RFC 1928, RFC 1929).

Only `socks5h` is taken: the proxy resolves names, so that a look-up does not give away what the connection hides.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import urlsplit

from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.entropy import fresh_seed

SCHEME = "socks5h"
FAULTS: tuple[type[Exception], ...] = (AssertionError, OverflowError)
"""What a proxy that does not keep to SOCKS 5, or a name too long for it, makes the libraries raise."""
with suppress(ImportError):
    from socksio.exceptions import SOCKSError

    FAULTS += (SOCKSError,)


@dataclass(frozen=True)
class Proxy:
    """A proxy at `host` and `port`. `credentials`: user and password, which a proxy may use to keep streams apart."""

    host: str
    port: int
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address as the HTTP library reads it."""
        user = "" if self.credentials is None else ":".join(self.credentials) + "@"
        return f"{SCHEME}://{user}{self.host}:{self.port}"

    def isolated(self) -> Proxy:
        """Return the same proxy under a fresh random user: Tor gives each its own circuit (IsolateSOCKSAuth)."""
        secret = fresh_seed().hex()
        return Proxy(self.host, self.port, (f"semper-{secret[:16]}", secret[16:48]))


def read_proxy(text: str) -> Proxy | None:
    """Return the proxy that the `proxy` of config.yaml names ("socks5h://127.0.0.1:9050"); None where it is empty.

    Raises UsageError CONFIG_INVALID.
    """
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme != SCHEME or parts.username is not None or parts.path.strip("/"):
        raise UsageError(
            "CONFIG_INVALID", f"cannot use the proxy {text[:80]!r}: write it as {SCHEME}://HOST:PORT, without a user"
        )
    if find_spec("socksio") is None:
        raise UsageError(
            "CONFIG_INVALID", "cannot use a proxy: the package socksio is missing; install semper-host[socks]"
        )
    return Proxy(f"[{host}]" if ":" in host else host, port)
