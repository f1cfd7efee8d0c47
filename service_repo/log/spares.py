"""Files of the log that nobody needs any more, written over where new ones are needed.

Each checkpoint has partial tiles of its own, which may go when the tile is full (C2SP tlog-tiles). To make and to free
an inode for each would cost the file system more than all else that it does for a publish.
"""

from __future__ import annotations

import os
from contextlib import suppress

from service_repo.durable_file import Folder

PLACE = "log/.spare"
MOST = 1024
"""How many are kept: those of two tiles and their entries."""


class Spares:
    """The spare files in `folder`. One sequencer at a time."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._names: list[str] | None = None

    def take(self) -> str | None:
        """Return the path of a spare file, which is then no spare any more; None where there is none."""
        if self._names is None:
            self._names = self._listed()
        return f"{PLACE}/{self._names.pop()}" if self._names else None

    def keep(self, folder: str) -> None:
        """Make the files in `folder`, which nobody needs any more, spare ones; remove those that are too many."""
        if self._names is None:
            self._names = self._listed()
        found, place = f"{self._folder.path}/{folder}", f"{self._folder.path}/{PLACE}"
        kind = folder.replace("/", ".")
        with suppress(FileNotFoundError):
            for each in sorted(os.listdir(found)):
                if len(self._names) >= MOST:
                    os.unlink(f"{found}/{each}")
                    continue
                name = f".{kind}.{each}"
                os.replace(f"{found}/{each}", f"{place}/{name}")
                self._names.append(name)

    def _listed(self) -> list[str]:
        place = self._folder.path / PLACE
        with suppress(FileExistsError):
            place.mkdir(parents=True)
        return os.listdir(place)
