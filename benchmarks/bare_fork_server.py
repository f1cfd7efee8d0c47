"""A fork server of the same image whose children answer at once, without a wall: the limit of forking a locked one.

Started like the real one (`Zygote.start(program=...)`); only what the child does after fork differs.
"""

from __future__ import annotations

import os
from typing import NoReturn

from semper_host.confinement import lean, worker
from semper_host.confinement.frames import Tag, pack
from semper_host.confinement.lockdown import Site
from semper_host.confinement.source import Limits
from semper_host.confinement.wall_types import ENCODE, Report


def answer_at_once(channel: int, limits: Limits, site: Site, notes: dict[str, str], then: worker.Then) -> NoReturn:
    """Say "ready" in the frame that a locked worker sends, and stay idle until the host hangs up."""
    os.write(channel, pack(Tag.READY, 0, ENCODE(Report(notes))))
    while os.read(channel, 65536):
        pass
    os._exit(0)


if __name__ == "__main__":
    worker.run = answer_at_once
    lean.main()
