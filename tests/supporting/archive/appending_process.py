"""A process that appends to a journal from several threads and says so after each commit, until it is killed."""

from __future__ import annotations

import os
import sys
import threading

from sqlalchemy import Connection

from semper_host.supporting.archive.archive import Archive


def main(place: str, threads: int) -> None:
    archive = Archive.open(place, bytes(range(32)))

    def run(number: int) -> None:
        deal = bytes([number]) * 32
        while True:

            def step(tx: Connection) -> int:
                seq = archive.append_journal(tx, deal, b"effect")
                archive.append_evidence(tx, deal, b"", "B", "pay", b"message %d" % seq)
                return seq

            seq = archive.commit(step)
            os.write(1, f"{number} {seq}\n".encode())  # one write: lines of several threads stay whole

    for number in range(threads):
        threading.Thread(target=run, args=(number,)).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
