"""A witness over HTTP: POST /add-checkpoint (C2SP tlog-witness)."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from semper_host.model.errors import SemperError
from service_repo.bounded_body import Limiter, received
from service_repo.log.cosigning import ADD_CHECKPOINT, MAX_REQUEST, Conflict
from service_repo.log.witness import Witness

PER_MINUTE = 600
"""Requests of one client in a minute; more are told to come again."""
_STATUS = {
    "USAGE_INVALID": 400, "SIG_INVALID": 403, "ANCHOR_MISSING": 404, "LOG_EQUIVOCATION": 409, "LOG_INVALID": 422,
    "LOG_CHAIN": 422, "REQUEST_TOO_LARGE": 413, "OVERLOADED": 429,
}  # fmt: skip
_UNAVAILABLE, _CONFLICT = 503, 409


def app(witness: Witness) -> Starlette:
    """Return the ASGI app of a witness. Answers are signature lines, or a status of the protocol and the cause."""
    limiter = Limiter(PER_MINUTE, MAX_REQUEST * PER_MINUTE)

    async def add(request: Request) -> Response:
        try:
            body = await received(request, MAX_REQUEST, limiter)
            lines = await run_in_threadpool(witness.add_checkpoint, body)
        except Conflict as conflict:
            return Response(f"{conflict.size}\n", _CONFLICT, media_type="text/x.tlog.size")
        except SemperError as error:
            return PlainTextResponse(f"{error.message}\n", _STATUS.get(error.code, _UNAVAILABLE))
        except ClientDisconnect:
            return Response(status_code=400)
        return Response(lines, media_type="text/plain; charset=utf-8")

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(routes=[Route(f"/{ADD_CHECKPOINT}", add, methods=["POST"]), Route("/health", health)])
