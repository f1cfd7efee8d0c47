"""The host's handle on one worker: typed calls out, requests and results back, every byte that returns distrusted."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from semper_host.confinement import frames, wall_types
from semper_host.confinement.frames import Frame, FrameError, Tag
from semper_host.confinement.hostile_text import escaped
from semper_host.confinement.server_protocol import ENDED, NOT_FORKED
from semper_host.confinement.source import MAX_MODULE, Finding, Limits, Source
from semper_host.confinement.timed_channel import TimedChannel
from semper_host.confinement.wall_types import ENCODE
from semper_host.model.errors import BundleMisbehaved, Unavailable

Answer = Callable[[Any], Any]
"""Answers one decoded request; what it raises kills the worker and comes through to the caller."""

_PIECE = 48 * 1024
_AHEAD = 16 * 1024
_REAP_SECONDS = 5.0
_REQUEST, _ANSWER = Tag.REQUEST, Tag.ANSWER
"""Looked up once: on Python 3.11 a member of an enumeration is found slowly, and each request needs both."""


class Worker:
    """One worker process. Any failure ends it; calls after that are refused. Not for use by two threads at once."""

    def __init__(self, channel: socket.socket, leash: socket.socket, source: Source, limits: Limits) -> None:
        self._channel = TimedChannel(channel, limits.wall_seconds, self._died)
        self._leash = leash
        self._source = source
        self._buffer = bytearray()
        self._sent: set[str] = set()
        self._calls = 0
        self._requests = 0
        self._ahead = 0
        self._known: deque[bytes] = deque()
        self.report: wall_types.Report | None = None

    def call(self, entry: str, arguments: tuple[Any, ...], answer: Answer, known: Sequence[bytes] = ()) -> Any:
        """Call one entry point; see Zygote.call. Module state lasts from call to call in one worker.

        `known` are the encoded answers to its first requests. They are sent before it asks, so that a replay waits
        for nobody; `answer` is shown every request all the same, and raises at one that it does not expect.
        """
        kind = self._source.kind
        payload = ENCODE(wall_types.Call(kind, entry, ENCODE(arguments)))
        result = wall_types.result_of(kind, entry)
        try:
            self._begin()
            self._send_source(entry.partition(".")[0])
            self._send(Tag.CALL, self._calls, payload)
            self._ahead, self._known = self._requests, deque(known)
            self._send_known()
            frame = self._receive()
            while frame.tag == _REQUEST:
                self._serve(frame, answer)
                frame = self._next()
            if self._requests < self._ahead:
                self.close()  # answers that it never asked for lie in its way: no further call
            return self._decoded(self._outcome(frame, Tag.RESULT), result, "result")
        except BaseException:
            self.close()
            raise

    def lint(self) -> list[Finding]:
        """Return the dialect's findings in every module of the source."""
        try:
            self._begin()
            for role in self._source.modules:
                self._send_source(role)
            self._send(Tag.LINT, self._calls, b"")
            frame = self._outcome(self._receive(), Tag.FINDINGS)
            found: list[Finding] = self._decoded(frame, wall_types.FINDINGS, "findings")
            return [_shown(finding) for finding in found]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Kill the worker, if it still runs."""
        self._channel.close()
        self._leash.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ready(self) -> wall_types.Report:
        """Wait until the worker is locked; return what it says of its walls. Raises Unavailable if it cannot be."""
        self._channel.resume()
        return self._locked()

    @property
    def left(self) -> float:
        """Seconds that the bundle may still take for the call that it is in."""
        return self._channel.left

    def _locked(self) -> wall_types.Report:
        if self.report is None:
            frame = self._next()
            if frame.tag == Tag.NOT_LOCKED:
                missing = self._decoded(frame, wall_types.LOCKS, "report")
                raise Unavailable(
                    "CONFINEMENT_UNAVAILABLE",
                    f"cannot run bundles: no wall {escaped(missing.wall)}: {escaped(missing.cause)}",
                )
            if frame.tag != Tag.READY:
                raise self._broke("it spoke before its walls stood")
            self.report = self._decoded(frame, wall_types.REPORTS, "report")
        return self.report

    def _begin(self) -> None:
        if self._channel.closed:
            raise BundleMisbehaved("BUNDLE_KILLED", "cannot call the bundle: its worker is closed")
        self._channel.restart()
        self._calls += 1

    def _send_source(self, role: str) -> None:
        if role in self._sent:
            return
        text = self._source.modules.get(role)
        if text is None:
            raise BundleMisbehaved("BUNDLE_FAILED", f"cannot call the bundle: it has no module {escaped(role)}")
        if len(text) > MAX_MODULE:
            raise BundleMisbehaved("DIALECT_REFUSED", f"cannot run {escaped(role)}.py: it is over {MAX_MODULE} bytes")
        for start in range(0, len(text), _PIECE):
            self._send(Tag.SOURCE, 0, ENCODE(wall_types.Piece(role, text[start : start + _PIECE])))
        self._sent.add(role)

    def _serve(self, frame: Frame, answer: Answer) -> None:
        """Answer one request; the time that the host takes for it is not the bundle's."""
        self._requests += 1
        if frame.number != self._requests:
            raise self._broke(f"it numbered a request {frame.number} instead of {self._requests}")
        request = self._decoded(frame, wall_types.REQUESTS, "request")
        answered = answer(request)
        self._channel.resume()
        if frame.number > self._ahead:
            self._send(_ANSWER, frame.number, ENCODE(answered))
        elif frame.number == self._ahead:
            self._send_known()

    def _send_known(self) -> None:
        """Send the next known answers: no more than the socket holds, however many requests come back meanwhile."""
        data = bytearray()
        while self._known and len(data) < _AHEAD:
            self._ahead += 1
            data += self._packed(_ANSWER, self._ahead, self._known.popleft())
        if data:
            self._channel.write(data)

    def _outcome(self, frame: Frame, expected: Tag) -> Frame:
        """Return the frame that ends a call if it is the `expected` one; raise what it reports otherwise."""
        if frame.number != self._calls:
            raise self._broke(f"it answered call {frame.number} instead of {self._calls}")
        if frame.tag == expected:
            return frame
        if frame.tag == Tag.RAISED:
            raise self._raised(frame)
        if frame.tag == Tag.FINDINGS:
            findings = [_shown(found) for found in self._decoded(frame, wall_types.FINDINGS, "findings")]
            raise BundleMisbehaved("DIALECT_REFUSED", "cannot run the bundle: " + " | ".join(map(str, findings[:3])))
        raise self._broke(f"it sent a frame of the unknown kind {frame.tag}")

    def _raised(self, frame: Frame) -> BundleMisbehaved:
        told = self._decoded(frame, wall_types.RAISED, "error")
        where = f" at {escaped(told.filename, 40)}:{told.line}" if told.filename else ""
        code = {"failed": "BUNDLE_FAILED", "exhausted": "BUNDLE_KILLED"}.get(told.how, "BUNDLE_PROTOCOL")
        return BundleMisbehaved(code, f"cannot finish the bundle's work{where}: {escaped(told.text)}")

    def _decoded(self, frame: Frame, decoder: msgspec.msgpack.Decoder[Any], what: str) -> Any:
        try:
            return decoder.decode(frames.bound(frame.payload))
        except (ValueError, RecursionError) as error:
            raise self._broke(f"its {what} is malformed ({escaped(str(error), 120)})") from None

    def _send(self, tag: Tag, number: int, payload: bytes) -> None:
        self._channel.write(self._packed(tag, number, payload))

    def _packed(self, tag: Tag, number: int, payload: bytes) -> bytes:
        try:
            return frames.pack(tag, number, payload)
        except FrameError as error:
            raise BundleMisbehaved("QUOTA_EXCEEDED", f"cannot hand a value to the bundle: {error}") from None

    def _receive(self) -> Frame:
        """Return the next frame after the report. Raises BundleMisbehaved if the worker dies, stalls or rambles."""
        if self.report is None:
            self._locked()
        return self._next()

    def _next(self) -> Frame:
        if not self._buffer:
            data = self._channel.read()
            frame = frames.whole(data)
            if frame is not None:
                return frame
            self._buffer += data
        while True:
            try:
                frame = frames.split(self._buffer)
            except FrameError as error:
                raise self._broke(str(error)) from None
            if frame is not None:
                return frame
            self._buffer += self._channel.read()

    def _broke(self, how: str) -> BundleMisbehaved:
        return BundleMisbehaved("BUNDLE_PROTOCOL", f"cannot go on with the bundle: {how}")

    def _died(self) -> Exception:
        """Return the error that says how the worker ended."""
        self._leash.settimeout(_REAP_SECONDS)
        status = None
        with contextlib.suppress(OSError):
            self._leash.shutdown(socket.SHUT_WR)
            told = self._leash.recv(ENDED.size)
            status = ENDED.unpack(told)[0] if len(told) == ENDED.size else None
        if status == NOT_FORKED:
            return Unavailable("CONFINEMENT_UNAVAILABLE", "cannot run bundles: the system gave no process")
        return BundleMisbehaved("BUNDLE_KILLED", f"cannot finish the bundle's work: its worker {_ending(status)}")


def _ending(status: int | None) -> str:
    """Say how a process ended, from its wait status."""
    if status is None:
        return "vanished"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return f"was killed by {signal.Signals(number).name}"
        except ValueError:
            return f"was killed by signal {number}"
    return f"left with exit code {os.WEXITSTATUS(status)}"


def _shown(finding: Finding) -> Finding:
    """Return a finding whose texts are safe to show: they come from a worker."""
    return Finding(
        escaped(finding.filename, 60),
        finding.line,
        escaped(finding.rule, 40),
        escaped(finding.message),
        escaped(finding.hint),
    )
