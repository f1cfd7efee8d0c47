"""A person takes what an anonymous sender handed over, and signs for it if that is asked; or does not."""

from __future__ import annotations

from semper_host.commerce.consignment_state import Standing, Taken
from semper_host.host import trusting
from semper_host.host.consignments.letters import Letter, Letters
from semper_host.host.consignments.receiving import CHOICES, Consignee
from semper_host.host.consignments.records import SENDER, Beginning
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError


def accept(party: Consignee, number: bytes) -> Standing:
    """Take what waits under `number`, after the person's yes where a receipt is asked; `party.files` writes it out.

    What was taken already stays as it is. Raises UserDeclined, UsageError DEAL_UNKNOWN, PeerDeviated for what must not
    be taken.
    """
    if party.home.archive.journal(number):
        return party.consignments.read(number)[1]
    letters = Letters(party.home, party.clock)
    letter = letters.letter(number)
    beginning = _beginning(party, letter)
    standing = party.consignments.tried(beginning, *letter.seated)
    if standing.table.opened.invitation.receipt in CHOICES:
        party.interface.approve(party.screen(standing))
    handed = letter.handed
    try:
        _, receipt = party.opened(standing, handed)
    except SemperError:
        party.consignments.begin(beginning, *letter.seated, also=lambda tx: letters.discard(tx, number))
        party.consignments.deviated(number, SENDER, encode(handed))
        raise
    taken = Taken(handed.digest, handed.parcel, receipt)
    # COMMIT POINT: what we sign for is kept before anybody has our signature
    return party.consignments.begin(beginning, *letter.seated, taken, also=lambda tx: letters.discard(tx, number))[1]


def _beginning(party: Consignee, letter: Letter) -> Beginning:
    snapshot = trusting.snapshot(party.home.trust)
    return Beginning(letter.seat, party.clock(), 0, letter.invitation, snapshot, (), numbered=True)
