"""`semper up`: a home's role behind an HTTP server, from the first wall tested to the last thread stopped."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from semper_host import __version__
from semper_host.host.heads import Heads, ProveFrom
from semper_host.host.home import Home
from semper_host.host.line import line_of
from semper_host.host.refreshing import Refresher
from semper_host.host.sandbox import Sandbox
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import UsageError
from semper_host.supporting.communication import runner
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.server import Application, Handler, Limits, Service, application

HEALTH_PATH = "/semper/v1/health"
MIB = 1024 * 1024


class Health(Record, frozen=True):
    """What every server says of itself: its role and its host's version."""

    role: str
    version: str


class Role(Protocol):
    """What a home does for others while it is up."""

    def routes(self) -> Mapping[str, Handler]:
        """Return what is answered by POST, by path."""

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what is answered by GET, by path."""

    def files(self) -> Mapping[str, Path]:
        """Return the directories whose files are served, by prefix."""

    def start(self) -> None:
        """Begin what runs beside the answers: go on with what a stop or a crash left."""

    def stop(self) -> None:
        """End it and let go whoever waits; what is committed goes on at the next start. May be called twice."""


Factory = Callable[[Home, Sandbox, Client], Role]
"""Makes a role of an opened home. Raises UsageError where the home lacks something."""

LIMITS = {
    "bank": Limits(body_bytes=MIB, under_way=128, threads=8),
    "trustee": Limits(body_bytes=MIB, under_way=64, threads=8),
    "merchant": Limits(body_bytes=8 * MIB, under_way=256, threads=32),  # for hellos: mail is answered on the loop
}
"""What a server of each role takes at most."""


def serve(
    home: Home,
    *,
    more: Mapping[str, Factory] | None = None,
    app: Application | None = None,
    prove: ProveFrom | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> None:
    """Run the home's role until SIGTERM: print `ready URL` when it serves. Call from the main thread.

    `more` adds roles to the bank's, trustee's and merchant's; `app` is served instead of any of them; `prove` compares
    what repositories' logs show over time; `tell` takes lines for the operator, as when what is known of revocations
    gets old. Raises UsageError
    (a role that serves nothing, something missing in the home), Unavailable (CONFINEMENT_UNAVAILABLE,
    PEER_UNREACHABLE where the address is taken).
    """
    host, port = _address(home.config.listen)
    if app is not None:
        runner.serve(app, host, port)
        return
    factory = (FACTORIES | dict(more or {})).get(home.config.role)
    if factory is None:
        raise UsageError("USAGE_INVALID", f"cannot serve: a home with the role {home.config.role} has nothing to serve")
    sandbox = Sandbox(home.archive)
    client = line_of(home, connect_seconds=3, read_seconds=15, whole_seconds=30)
    refresher = Refresher(home, Heads(home, client, prove), tell=tell)
    try:
        refresher.start()
        role = factory(home, sandbox, client)
        sandbox.zygote()  # refuse before `ready`, not at the first request
        role.start()
        gc.freeze()  # modules and tables stay: looking through them for cycles would stop everything for 0.1 s
        try:
            runner.serve(application(service_of(home, role)), host, port, stopping=role.stop)
        finally:
            role.stop()
    finally:
        refresher.stop()
        client.close()
        sandbox.close()


def service_of(home: Home, role: Role) -> Service:
    """Return the service of a role: its routes, and the page of health."""
    health = encode(Health(home.config.role, __version__))
    pages = {HEALTH_PATH: lambda: health, **role.pages()}
    limits = LIMITS.get(home.config.role, Limits())
    return Service(handlers=role.routes(), pages=pages, files=role.files(), limits=limits)


def _bank(home: Home, sandbox: Sandbox, client: Client) -> Role:
    from semper_host.host import banking

    return banking.Bank(home, sandbox)


def _trustee(home: Home, sandbox: Sandbox, client: Client) -> Role:
    from semper_host.host import trusteeing

    return trusteeing.TrusteeService(home, sandbox, client)


def _merchant(home: Home, sandbox: Sandbox, client: Client) -> Role:
    from semper_host.host import selling
    from semper_host.host.consignments.letterbox import Letterbox
    from semper_host.host.consignments.sending import Consignor
    from semper_host.host.contracts.convening import Convener
    from semper_host.host.contracts.together import Together

    return Together(selling.Seller(home, sandbox, client), Convener(home, client), Consignor(home), Letterbox(home))


FACTORIES: dict[str, Factory] = {"bank": _bank, "trustee": _trustee, "merchant": _merchant}
"""How each role of this host is made. What one role needs is loaded for it alone."""


def _address(listen: str) -> tuple[str, int]:
    """Return host and port of "127.0.0.1:8080" or "[::1]:8080". Raises UsageError CONFIG_INVALID."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError("CONFIG_INVALID", f"cannot listen at {listen[:80]!r}: write it like '127.0.0.1:8080'")
    return host.strip("[]"), int(port)
