"""The other end of a bare socketpair: asks `count` times for the clock, in the frames and types of a worker.

`echo_process.py DESCRIPTOR COUNT`: the limit of a request's round trip; no walls, no bundle, no checks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from semper_host.confinement import frames, wall_types  # noqa: E402
from semper_host.confinement.frames import Tag  # noqa: E402
from semper_host.confinement.wall_types import ENCODE  # noqa: E402
from semper_host.model.requests import Now  # noqa: E402


def main() -> None:
    """Wait for the first byte, ask, end."""
    channel, count = int(sys.argv[1]), int(sys.argv[2])
    answers, buffer = wall_types.answer_of(Now), bytearray()
    while os.read(channel, 1):
        for number in range(1, count + 1):
            os.write(channel, frames.pack(Tag.REQUEST, number, ENCODE(Now())))
            frame = None
            while frame is None:
                buffer += os.read(channel, 65536)
                frame = frames.split(buffer)
            answers.decode(frame.payload)


main()
