"""The checkpoint of a log (C2SP tlog-checkpoint): its name, how many entries it has, and their Merkle root."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import NamedTuple

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.merkle import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MOST = 2**63 - 1


class Checkpoint(NamedTuple):
    """The log `origin` with `size` entries has the Merkle root `root` (32 bytes). Extension lines are kept."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the note text that states this."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that a note text states, if spelled as it must be. Raises PeerDeviated LOG_INVALID."""
    lines = text.split("\n")
    try:
        origin, size, encoded = lines[:3]
        if not origin or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(size) or int(size) > _MOST:
            raise ValueError
        found = Checkpoint(origin, int(size), b64decode(encoded, validate=True), tuple(lines[3:-1]))
    except (NotBase64, ValueError):
        raise _malformed(text) from None
    if len(found.root) != HASH_BYTES or found.text() != text:
        raise _malformed(text)
    return found


def _malformed(text: str) -> PeerDeviated:
    cause = "cannot read the log's checkpoint: its lines are not name, size and root"
    return PeerDeviated("LOG_INVALID", cause, evidence=text.encode())
