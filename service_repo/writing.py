"""The write side over HTTP: POST a pack or a statement. Mounted beside the read side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import SemperError, Unavailable, UsageError
from service_repo import server
from service_repo.bounded_body import Limiter, received
from service_repo.fetch import Through
from service_repo.layout import Entry
from service_repo.publish import Repository
from service_repo.renewing import renew_if_needed

PUBLISH_PATH, STATEMENTS_PATH, HEALTH_PATH = "/semper/v1/publish", "/semper/v1/statements", "/semper/v1/health"
AT_ONCE = 16
"""How many packs and statements are taken in at the same time; more are told to come again."""
PER_MINUTE, BYTES_PER_MINUTE = 240, 256 * 1024 * 1024
"""Requests and bytes of one client (address) in a minute."""
TICK_SECONDS = 60

_MEDIA_TYPE = "application/semper+cbor"
_REFUSED, _TOO_MANY = 409, 503


class Refusal(Record, frozen=True):
    """A refusal on the wire: a code of `model.error_codes` and the cause in words."""

    code: str
    message: str


class Receipt(Record, frozen=True):
    """The answer to a statement: its SHA-256, and the size of the log from which on it is in."""

    statement: bytes
    size: int


def app(repository: Repository, limiter: Limiter | None = None) -> Starlette:
    """Return the ASGI app of a repository: its files for everybody, POST /semper/v1/publish and …/statements.

    The body of the first is a pack (.smpack) and the answer its encoded `layout.Entry`; of the second a signed
    statement, the answer a Receipt. Refusals have status 409 (503:
    try again). Whoever can reach the address can publish in a namespace that is free; it then belongs to their key.
    """
    taking = asyncio.Semaphore(AT_ONCE)
    limits = limiter or Limiter(PER_MINUTE, BYTES_PER_MINUTE)

    async def answered(request: Request, most: int, work: Callable[[bytes], Record]) -> Response:
        try:
            if taking.locked():
                raise Unavailable("OVERLOADED", "cannot publish now: others are publishing")
            async with taking:
                found = await run_in_threadpool(work, await received(request, most, limits))
        except SemperError as error:
            return _refusal(error)
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(encode(found), media_type=_MEDIA_TYPE)

    async def publish(request: Request) -> Response:
        return await answered(request, MAX_PACK, lambda data: take(repository, data, stranger=True))

    async def say(request: Request) -> Response:
        return await answered(request, MAX_STATEMENT, lambda data: Receipt(*repository.say(data, stranger=True)))

    async def health(_: Request) -> Response:
        return Response(encode({"role": "repository"}), media_type=_MEDIA_TYPE)

    return Starlette(
        routes=[
            Route(PUBLISH_PATH, publish, methods=["POST"]),
            Route(STATEMENTS_PATH, say, methods=["POST"]),
            Route(HEALTH_PATH, health),
            Mount("/", server.app(repository.directory)),
        ]
    )


def app_in(directory: Path, through: Through | None = None) -> Starlette:
    """Return the app of the repository in `directory`, made one if it is empty; witnesses are asked `through` a proxy.

    Raises UsageError HOME_EXISTS.
    """
    repository = Repository.init(directory, through=through)
    keep_fresh(repository)
    return app(repository)


def take(repository: Repository, data: bytes, *, stranger: bool = False) -> Entry:
    """Publish the pack in `data`. Raises AdmissionRefused as `Repository.publish` does."""
    pack = read_pack(data)
    return repository.publish(pack.archive, pack.release, pack.evaluations, stranger=stranger)


def keep_fresh(repository: Repository) -> Callable[[], None]:
    """Finish what a killed process left, and from now on sign a new status whenever one is due; return how to stop."""
    stopped = Event()

    def work() -> None:
        while True:
            with suppress(SemperError):  # witnesses or the disk may be back at the next tick
                tick(repository)
            if stopped.wait(TICK_SECONDS):
                return

    Thread(target=work, name="semper-repository", daemon=True).start()
    return stopped.set


def tick(repository: Repository) -> None:
    """Take in changed settings, bring what waits to the readers, have new witnesses cosign, renew a status that is due.

    Raises Unavailable.
    """
    with suppress(UsageError):  # settings that can't be used: `semper repo` says why; those of before go on
        repository.reread()
    repository.sequencer.catch_up()
    renew_if_needed(repository)
    now = repository.now()
    if repository.statuses.due(now):
        repository.statuses.renew(now)


def _refusal(error: SemperError) -> Response:
    status = _TOO_MANY if isinstance(error, Unavailable) else _REFUSED
    headers = {"Connection": "close"} if error.code in ("REQUEST_TOO_LARGE", "OVERLOADED") else None
    return Response(encode(Refusal(error.code, error.message)), status, headers, _MEDIA_TYPE)

