"""A process that appends to a journal from several threads or tasks and says so after each commit, until killed."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable

from sqlalchemy import Connection

from semper_host.supporting.archive.archive import Archive


def main(place: str, kind: str, count: int) -> None:
    archive = Archive.open(place, bytes(range(32)))
    if kind == "tasks":
        asyncio.run(tasks(archive, count))
    for number in range(count):
        threading.Thread(target=thread, args=(archive, number)).start()


async def tasks(archive: Archive, count: int) -> None:
    async def task(number: int) -> None:
        while True:
            say(number, await archive.committed(appending(archive, number)))

    await asyncio.gather(*(task(number) for number in range(count)))


def thread(archive: Archive, number: int) -> None:
    while True:
        say(number, archive.commit(appending(archive, number)))


def appending(archive: Archive, number: int) -> Callable[[Connection], int]:
    deal = bytes([number]) * 32

    def step(tx: Connection) -> int:
        seq = archive.append_journal(tx, deal, b"effect")
        archive.append_evidence(tx, deal, b"", "B", "pay", b"message %d" % seq)
        return seq

    return step


def say(number: int, seq: int) -> None:
    os.write(1, f"{number} {seq}\n".encode())  # one write: lines of several threads stay whole


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
