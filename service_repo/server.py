"""The read side over HTTP: the repository's files as they lie there, and nothing else. Any web server does as well."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from service_repo.layout import limit

_FOREVER, _BRIEFLY = "public, max-age=31536000, immutable", "no-cache"
_NEVER_CHANGING = re.compile("log/tile/.*|statements/[0-9a-f]{64}[.]cose")


def app(directory: Path) -> Starlette:
    """Return the ASGI app that serves the repository in `directory`: GET and HEAD of its files, and /health."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def file(request: Request) -> Response:
        path: str = request.path_params["path"]
        content = await run_in_threadpool(read, directory, path)
        if content is None:
            return PlainTextResponse("not found\n", status_code=404)
        lasting = _FOREVER if _NEVER_CHANGING.fullmatch(path) else _BRIEFLY
        headers = {"cache-control": lasting, "x-content-type-options": "nosniff"}
        return Response(content, media_type="application/octet-stream", headers=headers)

    return Starlette(routes=[Route("/health", health), Route("/{path:path}", file)])


def read(directory: Path, path: str) -> bytes | None:
    """Return the file that a reader asks for by `path`, or None: only paths of the layout, only within its limit."""
    most = limit(path)
    if most is None:
        return None
    try:
        with open(directory / path, "rb") as file:
            content = file.read(most + 1)
    except OSError:
        return None
    return content if len(content) <= most else None
