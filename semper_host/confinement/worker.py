"""Inside a worker: lock the process, then compile and run what the host sends, frame by frame, until it hangs up.

Nothing of a bundle is read before the walls stand. What runs here is not trusted by anybody: the host believes
no byte that comes out without checking it.
"""

from __future__ import annotations

import gc
import os
import sys
import types
from collections.abc import Callable
from typing import Any, NoReturn

from semper_host.confinement import dialect, dialect_runtime, frames, wall_types
from semper_host.confinement.frames import Frame, Tag
from semper_host.confinement.lockdown import CHANNEL, Site, WallMissing, lock
from semper_host.confinement.source import Limits
from semper_host.confinement.wall_types import ENCODE
from semper_host.model.request_tables import NEEDS

_MAX_TEXT = 1000
_READ = 8192
"""Bytes read at once: more than nearly every frame has, and few enough to stay in the worker's memory as it is."""
_REQUEST = Tag.REQUEST


class Misused(Exception):
    """The bundle yielded what is not a request, or lacks what was called."""


Then = Callable[[int], NoReturn]
"""What a worker does on its channel, once it is locked."""


def run(channel: int, limits: Limits, site: Site, notes: dict[str, str], then: Then) -> NoReturn:
    """Lock this process, say so, and do `then`; never returns. `notes`: walls around the fork server itself."""
    try:
        report = wall_types.Report({**notes, **lock(channel, limits, site)})
    except WallMissing as missing:
        why = ENCODE(wall_types.Lock(missing.wall, missing.cause))
        _write_all(missing.channel, frames.pack(Tag.NOT_LOCKED, 0, why))
        os._exit(1)
    _write_all(CHANNEL, frames.pack(Tag.READY, 0, ENCODE(report)))
    then(CHANNEL)


def serve(channel: int) -> NoReturn:
    """Answer the host's frames until it hangs up."""
    bundle = Bundle(channel)
    while True:
        frame = bundle.receive()
        try:
            bundle.handle(frame)
        except (Exception, GeneratorExit) as error:  # whatever a bundle raises goes to the host as data
            bundle.send(Tag.RAISED, frame.number, ENCODE(_describe(error)))


class Bundle:
    """One bundle's modules, loaded as they are needed, and the channel to the host."""

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self._sources: dict[str, bytearray] = {}
        self._spaces: dict[str, dict[str, Any]] = {}
        self._asked = 0

    def receive(self) -> Frame:
        """Return the host's next frame; exit when it hung up."""
        buffer = self._buffer
        frame = frames.split(buffer) if buffer else None
        while frame is None:
            data = os.read(self._channel, _READ)
            if not data:
                os._exit(0)
            frame = None if buffer else frames.whole(data)
            if frame is None:
                buffer += data
                frame = frames.split(buffer)
        return frame

    def send(self, tag: Tag, number: int, payload: bytes) -> None:
        """Send one frame to the host."""
        _write_all(self._channel, frames.pack(tag, number, payload))

    def handle(self, frame: Frame) -> None:
        """Do what one frame of the host says."""
        if frame.tag == Tag.SOURCE:
            piece = wall_types.PIECES.decode(frame.payload)
            self._sources.setdefault(piece.role, bytearray()).extend(piece.data)
        elif frame.tag == Tag.LINT:
            read = [dialect.lint(bytes(text), f"{role}.py") for role, text in self._sources.items()]
            findings = [finding for module in read for finding in module]
            self.send(Tag.FINDINGS, frame.number, ENCODE(findings[: dialect.MAX_FINDINGS]))
        elif frame.tag == Tag.CALL:
            self._call(frame)

    def _call(self, frame: Frame) -> None:
        call = wall_types.CALLS.decode(frame.payload)
        role, name = call.entry.split(".")
        try:
            space = self._space(role)
        except dialect.DialectRefused as refused:
            self.send(Tag.FINDINGS, frame.number, ENCODE(list(refused.findings)))
            return
        function = space.get(name)
        if not isinstance(function, types.FunctionType):
            raise Misused(f"{role}.py has no function {name}")
        result = function(*wall_types.parameters_of(call.kind, call.entry).decode(call.arguments))
        if isinstance(result, types.GeneratorType):
            result = self._drive(result)
        self.send(Tag.RESULT, frame.number, ENCODE(result))

    def _space(self, role: str) -> dict[str, Any]:
        if role not in self._spaces:
            gc.disable()  # a collection touches, and so copies, the pages that a fork shares with its server
            try:
                self._spaces[role] = dialect.load(bytes(self._sources.get(role, b"")), f"{role}.py")
            finally:
                gc.freeze()
                gc.enable()
        return self._spaces[role]

    def _drive(self, generator: types.GeneratorType[Any, Any, Any]) -> Any:
        """Send out each request that the generator yields, and send in its answer; return what it returns."""
        answer: Any = None
        while True:
            try:
                request = generator.send(answer)
            except StopIteration as done:
                return done.value
            answer = self._ask(request)

    def _ask(self, request: Any) -> Any:
        kind = type(request)
        if kind not in NEEDS:
            raise Misused(f"it yielded a {type(request).__name__}, which is no request")
        self._asked += 1
        _write_all(self._channel, frames.pack(_REQUEST, self._asked, ENCODE(request)))
        return wall_types.answer_of(kind).decode(self.receive().payload)


def _describe(error: BaseException) -> wall_types.Raised:
    """Say what happened without the traceback module, which would read source files."""
    how = "failed"
    if isinstance(error, MemoryError | RecursionError):
        how = "exhausted"
    elif isinstance(error, Misused):
        how = "misused"
    filename, line = _bundle_line(error)
    return wall_types.Raised(how, f"{type(error).__name__}: {_words(error)}"[:_MAX_TEXT], filename, line)


def _words(error: BaseException) -> str:
    """Return the error's text made of its plain arguments, without addresses; lone surrogates become question marks."""
    plain = [str(part) for part in error.args if type(part) in (str, int)]
    return dialect_runtime.addressless(", ".join(plain))[:_MAX_TEXT].encode("utf-8", "replace").decode("utf-8")


def _bundle_line(error: BaseException) -> tuple[str, int]:
    """Return the innermost bundle file and line that the error passed through."""
    filename, line = "", 0
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(dialect.FILE_MARK):
            filename, line = code.co_filename[len(dialect.FILE_MARK) :], trace.tb_lineno
        trace = trace.tb_next
    return filename, line


class _NoImports:
    """The only finder of a worker: every module there will ever be is loaded already."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> NoReturn:
        raise ModuleNotFoundError("nothing is imported after the walls stand")


def refuse_late_imports() -> None:
    """Have this process and its children import nothing more, and print nothing."""
    sys.meta_path[:] = [_NoImports()]
    sys.stdin = sys.stdout = sys.stderr = sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None  # type: ignore[misc]


def _write_all(channel: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(channel, data) :]
    except OSError:
        os._exit(0)  # the host hung up
