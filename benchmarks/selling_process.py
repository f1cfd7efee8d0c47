"""A seller's host in a process of its own: `selling_process ARCHIVE` serves mail; it prints `ready URL`.

A deal that was agreed on begins when the buyer's first mail comes: message 1 is made durable, then answered with.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from benchmarks.parties import BUYER, SELLER, Agreed, Side
from benchmarks.posting import AGREED_PATH, ENDED_PATH, Posting
from semper_host.exchange.state import Role
from semper_host.model.encoding import encode
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication.mail import MAIL_PATH, outgoing, received
from semper_host.supporting.communication.runner import serve
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.communication.session import Batch


class Seller:
    """The deals of one archive; answers mail as host/selling.py does, in tasks of the server's loop."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._agreed: dict[bytes, Side] = {}
        self._begun: dict[bytes, Posting] = {}

    def agreed(self, data: bytes) -> bytes:
        """Take note of a deal that was agreed on."""
        agreed = Agreed.read(data)
        self._agreed[agreed.session] = Side(self._archive, agreed, Role.INITIATOR, SELLER.crypto)
        return b""

    async def mail(self, data: bytes) -> bytes:
        """Take a batch of envelopes of one deal, and answer with what waits for the buyer."""
        batch = Batch.decode(data)
        session = batch.envelopes[0].session
        if session in self._agreed:
            side = self._agreed.pop(session)
            self._begun[session] = Posting(side, SELLER, BUYER)
            await self._archive.committed(side.beginning())
        box = self._begun[session]
        await received(box, box.ends, batch.envelopes, box.handle)
        return encode(Batch(outgoing(box, box.ends)))

    def ended(self, data: bytes) -> bytes:
        """Say how the deal of this session ended, and forget it."""
        return self._begun.pop(data).side.state.outcome.encode()


def main() -> None:
    """Serve until told to stop."""
    archive = Archive.open(Path(sys.argv[1]), bytes(32))
    seller = Seller(archive)
    gc.freeze()  # as host/serving.py does
    serve(application(Service({MAIL_PATH: seller.mail, AGREED_PATH: seller.agreed, ENDED_PATH: seller.ended})))
    archive.close()


main()
