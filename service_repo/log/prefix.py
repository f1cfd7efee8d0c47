"""What a log's tiles, from anywhere, say of its beginning: for somebody who has seen it when it was smaller."""

from __future__ import annotations

from collections.abc import Callable

from service_repo.layout import LOG, limit
from service_repo.log.tiles import Tiles
from service_repo.log.tree import consistency, root


def prefix(read: Callable[[str, int], bytes], old: int, new: int) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the root over the first `old` of `new` entries, and the proof that all continue them.

    `read(path, most)` gets a file of the repository. Nobody has to believe the answer: `check_consistent` judges it.
    Raises AdmissionRefused LOG_INVALID, and what `read` raises.
    """

    def file(name: str) -> bytes | None:
        return read(LOG + name, limit(LOG + name) or 0)

    nodes = Tiles(new, file).node
    return root(old, nodes), consistency(old, new, nodes)
