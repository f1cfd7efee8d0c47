"""The write side over HTTP: POST a pack, and the repository checks and publishes it. Mounted beside the read side."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import SemperError, Unavailable
from service_repo import server
from service_repo.layout import Entry
from service_repo.publish import Repository

PUBLISH_PATH, HEALTH_PATH = "/semper/v1/publish", "/semper/v1/health"
AT_ONCE = 4
"""How many packs are taken in at the same time; more are told to come again."""
RECEIVE_SECONDS = 30

_MEDIA_TYPE = "application/semper+cbor"
_REFUSED, _TOO_MANY = 409, 503


class Refusal(Record, frozen=True):
    """A refusal on the wire: a code of `model.error_codes` and the cause in words."""

    code: str
    message: str


def app(repository: Repository) -> Starlette:
    """Return the ASGI app of a repository: its files for everybody, and POST /semper/v1/publish.

    The body is a pack (.smpack); the answer is its encoded `layout.Entry`, or a Refusal with status 409 (503: try
    again). Whoever can reach the address can publish under an id and version that is free: the publisher's
    signature is checked, who may publish here is for the web server before it to say.
    """
    taking = asyncio.Semaphore(AT_ONCE)

    async def publish(request: Request) -> Response:
        try:
            if taking.locked():
                raise Unavailable("OVERLOADED", "cannot publish now: others are publishing")
            async with taking:
                entry = await run_in_threadpool(take, repository, await _body(request))
        except SemperError as error:
            return _refusal(error)
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(encode(entry), media_type=_MEDIA_TYPE)

    async def health(_: Request) -> Response:
        return Response(encode({"role": "repository"}), media_type=_MEDIA_TYPE)

    return Starlette(
        routes=[
            Route(PUBLISH_PATH, publish, methods=["POST"]),
            Route(HEALTH_PATH, health),
            Mount("/", server.app(repository.directory)),
        ]
    )


def app_in(directory: Path) -> Starlette:
    """Return the app of the repository in `directory`, made one if it is empty. Raises UsageError HOME_EXISTS."""
    return app(Repository.init(directory))


def take(repository: Repository, data: bytes) -> Entry:
    """Publish the pack in `data`. Raises AdmissionRefused as `Repository.publish` does."""
    pack = read_pack(data)
    return repository.publish(pack.archive, pack.release, pack.evaluations)


async def _body(request: Request) -> bytes:
    """Return the whole body, refused as soon as it shows to be larger than a pack can be."""
    chunks: list[bytes] = []
    room = MAX_PACK
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for chunk in request.stream():
                room -= len(chunk)
                if room < 0:
                    raise SemperError("REQUEST_TOO_LARGE", f"cannot take a pack of more than {MAX_PACK} bytes")
                chunks.append(chunk)
    except TimeoutError:
        raise Unavailable("OVERLOADED", "cannot wait longer: the pack came too slowly") from None
    return b"".join(chunks)


def _refusal(error: SemperError) -> Response:
    status = _TOO_MANY if isinstance(error, Unavailable) else _REFUSED
    headers = {"Connection": "close"} if error.code in ("REQUEST_TOO_LARGE", "OVERLOADED") else None
    return Response(encode(Refusal(error.code, error.message)), status, headers, _MEDIA_TYPE)
