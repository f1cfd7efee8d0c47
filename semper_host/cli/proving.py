"""Whether a log's tiles show one history: the repository's arithmetic, for a host that only knows how to judge it."""

from __future__ import annotations

from semper_host.host.heads import Read
from semper_host.host.standing import Prefix
from semper_host.model.errors import Unavailable
from service_repo.layout import LOG
from service_repo.log import tree
from service_repo.log.tiles import MAX_TILE, Tiles


def prove(read: Read, old: int, new: int) -> Prefix:
    """Return what the tiles that `read` gets say of the first `old` of `new` entries.

    Raises AdmissionRefused LOG_INVALID where tiles are truncated, Unavailable where they can't be had.
    """

    def tile(path: str) -> bytes | None:
        try:
            return read(LOG + path, MAX_TILE)
        except Unavailable as error:
            if error.code == "PEER_RESPONSE":  # a full tile stands in the place of one that was not full
                return None
            raise

    node = Tiles(new, tile).node
    return Prefix(tree.root(old, node), tree.consistency(old, new, node))
