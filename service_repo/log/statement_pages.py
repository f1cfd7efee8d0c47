"""The signed statements as static files that only grow: statements/N holds those of the entries under tile/0/N.

Each stands after its length in four bytes, in the order of the entries. A reader reads as many as its checkpoint
covers; what comes after them is not for it. One that is longer than a statement may be (only a status may) has length
0 there and lies in a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from semper_host.admission.statements import MAX_STATEMENT, digest
from service_repo.durable_file import Folder
from service_repo.layout import statement_path
from service_repo.log.tiles import WIDTH, Read, numbered

_LENGTH = 4


def page_path(number: int) -> str:
    """Return where the statements of the entries under tile/0/`number` lie."""
    return f"statements/{numbered(number, WIDTH)}"


def page(statements: Iterable[bytes]) -> bytes:
    """Return the content of a file of these statements."""
    parts = []
    for data in statements:
        kept = b"" if len(data) > MAX_STATEMENT else data
        parts += [len(kept).to_bytes(_LENGTH, "big"), kept]
    return b"".join(parts)


def long_ones(statements: Iterable[bytes]) -> dict[str, bytes]:
    """Return the files of those statements that lie by themselves."""
    return {statement_path(digest(data)): data for data in statements if len(data) > MAX_STATEMENT}


def split(data: bytes, most: int = WIDTH) -> list[bytes]:
    """Return the first `most` statements in a file, fewer where it is cut off; b"" for one that lies by itself."""
    found: list[bytes] = []
    at = 0
    while len(found) < most and at + _LENGTH <= len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        if end > len(data):
            break
        found.append(data[at + _LENGTH : end])
        at = end
    return found


class Statements:
    """Reads statements by the number of their entry; keeps the file that it read last."""

    def __init__(self, read: Read) -> None:
        self._read, self._number = read, -1
        self._page: list[bytes] = []

    def get(self, number: int, expected: bytes) -> bytes:
        """Return the statement of entry `number`, whose digest should be `expected`; b"" where there is none."""
        at, offset = divmod(number, WIDTH)
        if at != self._number or offset >= len(self._page):
            self._number, self._page = at, split(self._read(page_path(at)) or b"")
        data = self._page[offset] if offset < len(self._page) else b""
        return data or self._read(statement_path(expected)) or b""


class Pages:
    """Writes them into `folder`: appends where it knows what is there, and writes the file anew where it does not."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._size = self._end = -1  # of the file that is not full: up to which entry it goes, and its bytes

    def extend(self, size: int, added: Sequence[bytes], before: Sequence[bytes] | None = None) -> bool:
        """Write the statements `added` of the entries from `size` on, durably.

        `before` are those of the same file before `size`. Say False where they are not given and would be needed.
        """
        first = size // WIDTH * WIDTH
        known = size == first or size == self._size
        if not known and before is None:
            return False
        self._folder.write_all(long_ones(added))
        rest = list(added) if before is None else [*before, *added]
        start = size if before is None else first
        while rest:
            room = WIDTH - start % WIDTH
            part, rest = rest[:room], rest[room:]
            if not self._put(start, part):
                return False
            start += len(part)
        return True

    def _put(self, start: int, part: Sequence[bytes]) -> bool:
        path, data = page_path(start // WIDTH), page(part)
        if start % WIDTH == 0:
            self._folder.write(path, data)
            end = len(data)
        elif self._folder.extend(path, self._end, data):
            end = self._end + len(data)
        else:
            return False
        self._size, self._end = start + len(part), end
        return True
