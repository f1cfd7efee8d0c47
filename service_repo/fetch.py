"""Reading a repository's files over HTTP from a server that nobody trusts: bounded in size and time, no redirects."""

from __future__ import annotations

import ssl
import time
from types import TracebackType
from typing import NamedTuple, Protocol

import httpx2

from semper_host.model.errors import Unavailable

_OK, _GONE = 200, (404, 410)
_FAILURES: tuple[type[Exception], ...] = (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError)
CONNECT_SECONDS, STALL_SECONDS, WHOLE_SECONDS = 5, 10, 60
"""How long a connection, the next part of an answer and a whole answer may take."""


class Source(Protocol):
    """Where a repository's files are read: a `durable_file.Folder`, or a `Remote`."""

    def read(self, name: str, most: int = -1) -> bytes | None:
        """Return the file's content, or None where there is none."""


class Through(NamedTuple):
    """The proxy that requests go through and never around: its address, and the errors that its library raises."""

    url: str
    faults: tuple[type[Exception], ...]


class Remote:
    """A repository at an address. Raises Unavailable PEER_UNREACHABLE, PEER_RESPONSE from every method."""

    def __init__(
        self, url: str, whole_seconds: float = WHOLE_SECONDS, stall_seconds: float = STALL_SECONDS,
        through: Through | None = None,
    ) -> None:  # fmt: skip
        self.url, self._whole_seconds = url.rstrip("/"), whole_seconds
        self._failures = (*_FAILURES, *(through.faults if through else ()))
        secure = self.url.startswith("https://")
        self._client = httpx2.Client(
            verify=ssl.create_default_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            proxy=through.url if through else None,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(stall_seconds, connect=CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity", "User-Agent": "semper"},
        )

    def read(self, name: str, most: int = -1) -> bytes | None:
        """Return the file `name` of at most `most` bytes (8 MiB unless given), or None where the server has none."""
        status, body = self._ask("GET", name, None, most if most >= 0 else 8 << 20)
        if status in _GONE:
            return None
        if status != _OK:
            raise self._wrong(f"status {status}")
        return body

    def post(self, name: str, body: bytes, most: int) -> tuple[int, bytes]:
        """Send `body` and return the answer's status and its body of at most `most` bytes."""
        return self._ask("POST", name, body, most)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Remote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, method: str, name: str, body: bytes | None, most: int) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._whole_seconds
        try:
            with self._client.stream(method, f"{self.url}/{name}", content=body) as answer:
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise self._wrong("a compressed answer")
                return answer.status_code, self._bounded(answer, most, deadline)
        except httpx2.RemoteProtocolError as error:
            raise self._wrong(str(error) or "it broke off") from None
        except httpx2.TimeoutException:
            raise self._unreachable("no answer in time") from None
        except self._failures as error:
            raise self._unreachable(str(error) or type(error).__name__) from None

    def _bounded(self, answer: httpx2.Response, most: int, deadline: float) -> bytes:
        chunks: list[bytes] = []
        room = most
        for chunk in answer.iter_raw():
            room -= len(chunk)
            if room < 0:
                raise self._wrong(f"more than {most} bytes")
            if time.monotonic() > deadline:
                raise self._unreachable("the answer came too slowly")
            chunks.append(chunk)
        return b"".join(chunks)

    def _wrong(self, what: str) -> Unavailable:
        return Unavailable("PEER_RESPONSE", f"cannot use the answer of {self._shown}: {what}")

    def _unreachable(self, why: str) -> Unavailable:
        return Unavailable("PEER_UNREACHABLE", f"cannot reach {self._shown}: {why}")

    @property
    def _shown(self) -> str:
        return "".join(c for c in self.url.split("?", maxsplit=1)[0][:120] if c.isprintable())
