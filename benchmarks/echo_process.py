"""The other end of a bare socketpair: when told, asks COUNT times for the clock, in the frames and types of a worker.

`echo_process DESCRIPTOR COUNT [no-clock]`: the limit of a request's round trip; no walls, no bundle, no checks. With
`no-clock`, behind the one wall that the kernel puts up and takes down at each switch: the time stamp counter refused.
"""

from __future__ import annotations

import os
import sys

from semper_host.confinement import frames, libc, wall_types
from semper_host.confinement.frames import Tag
from semper_host.confinement.wall_types import ENCODE
from semper_host.model.requests import Now


def main() -> None:
    """At each frame that starts a run, ask; end when the other side hangs up."""
    channel, count = int(sys.argv[1]), int(sys.argv[2])
    if sys.argv[3:] == ["no-clock"]:
        libc.prctl(libc.PR_SET_TSC, libc.PR_TSC_SIGSEGV)
    answers, buffer = wall_types.answer_of(Now), bytearray()
    while receive(channel, buffer) is not None:
        for number in range(1, count + 1):
            os.write(channel, frames.pack(Tag.REQUEST, number, ENCODE(Now())))
            frame = receive(channel, buffer)
            if frame is None:
                return
            answers.decode(frame.payload)


def receive(channel: int, buffer: bytearray) -> frames.Frame | None:
    """Return the next frame, None at the end."""
    while True:
        frame = frames.split(buffer)
        if frame is not None:
            return frame
        data = os.read(channel, 65536)
        if not data:
            return None
        buffer += data


main()
