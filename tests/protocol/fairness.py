"""What must hold for an honest side once it has finished alone: whoever gave anything has everything it was to get."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from semper_host.exchange.legs.access import ACCESS
from semper_host.exchange.messages import Body, parse
from semper_host.exchange.places import Place, places
from semper_host.exchange.requests import ABORTED, RESOLVED, SUBSTITUTE
from semper_host.exchange.state import Phase, Role, State
from semper_host.model.credentials import Credential
from semper_host.model.encoding import decode
from tests.protocol.memory import last_word

if TYPE_CHECKING:
    from tests.protocol.explorer import Explorer, Moment, Seat

PAID, GONE = ("captured", "released"), ("revoked", "voided")


def harm(explorer: Explorer, moment: Moment, end: Moment, index: int, seat: Seat) -> str:
    """Say how this seat is harmed if it finishes alone from `moment` and that ends in `end`; "" if it is not."""
    state, row = end.seats[index], end.rows[seat.at]
    who = state.role.value
    if state.phase is not Phase.FINISHED:
        return f"the {who} cannot finish alone"
    if twice_in_one_place(moment.sent):
        return "an honest party signed two different messages, which convicts it"
    others = [s for other, s in explorer.pairs(end) if other.at == seat.at and s is not state]
    if any(other.outcome != state.outcome for other in others):
        return "two honest parties disagree"
    first = state.role is Role.INITIATOR
    mine = [place for place in places(seat.session.label) if place.first is first]
    theirs = [place for place in places(seat.session.label) if place.first is not first]
    lacking = [place.item.kind for place in theirs if not _got(explorer, end, seat, state, place)]
    given = [place.item.kind for place in mine if _gave(explorer, moment, end, seat, state, place)]
    if state.outcome == "done" and lacking:
        return f"the {who} is done, but without {lacking}"
    if state.outcome != "done" and given:
        return f"the {who} gave {given} for nothing"
    if row is not None and first and row.verdict == ABORTED and b"escrow" in row.decision:
        return "the trustee blames an honest initiator"
    return ""


@lru_cache(maxsize=4096)
def twice_in_one_place(sent: frozenset[bytes]) -> bool:
    """Whether two messages of honest parties have the same number under the same label."""
    return len({place_of(message) for message in sent}) < len(sent)


@cache
def place_of(message: bytes) -> tuple[bytes, int]:
    """The label and number of a message with a symbolic signature."""
    body = Body.decode(decode(parse(message).signed)[3])
    return body.label, body.number


def _got(explorer: Explorer, end: Moment, seat: Seat, state: State, place: Place) -> bool:
    """Whether the side has the item: money that was paid, a token that stands, a key, a signed document."""
    kept = _kept(explorer, end, seat, place)
    if kept is not None and place.hold is not None:
        return last_word(kept) in PAID
    names = {token.name for token in state.gains}
    if place.item.form == "access":
        mine = (token.data for token in state.gains if token.name == ACCESS)
        return any(_issued_in(data) == seat.session.name for data in mine) and kept not in GONE
    if place.item.form == "information" or seat.session.label.kind == "fair-purchase":
        return "fair-purchase.key" in names and kept not in GONE
    signed = state.m3 is not None if state.role is Role.RESPONDER else state.m4 is not None
    return signed or SUBSTITUTE in names or "exchange.receipt" in names or (place.item.kind == "receipt" and signed)


@cache
def _issued_in(signed: bytes) -> bytes:
    """The label in a credential with a symbolic signature: in another exchange another place is pending."""
    return Credential.decode(decode(signed)[3]).label


def _gave(explorer: Explorer, moment: Moment, end: Moment, seat: Seat, state: State, place: Place) -> bool:
    """Whether the other side has the item, or may have it."""
    kept = _kept(explorer, end, seat, place)
    if kept is not None and place.hold is not None:
        return last_word(kept) in PAID
    message = state.m3 if state.role is Role.INITIATOR else state.m4
    told = any(_told(explorer, each, seat, place) for each in (moment, end))
    return ((message is not None and message in moment.sent) or told) and kept not in GONE


def _told(explorer: Explorer, moment: Moment, seat: Seat, place: Place) -> bool:
    """Whether the trustee's answer gives the item to the other side."""
    row, answer = moment.rows[seat.at], explorer.answer(moment, seat.at)
    if row is None or answer is None or row.verdict != RESOLVED:
        return False
    if row.substitute and row.substitute in answer and place.item.form in (None, "document", "presentation"):
        return True
    if place.item.form not in (None, "information", "access"):
        return False
    return bool(row.sealed) and row.sealed in answer if place.first else row.m2 is not None and row.decision in answer


def _kept(explorer: Explorer, moment: Moment, seat: Seat, place: Place) -> str | None:
    """What the keeper of this item says, if it has one."""
    for number, keeper in enumerate(explorer.keepers[seat.at]):
        same = keeper.hold == place.hold if keeper.hold is not None else keeper.status == place.item.status
        if keeper.first is place.first and same:
            return moment.kept[seat.at][number]
    return None


__all__ = ["harm"]
