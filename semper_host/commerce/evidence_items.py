"""The items of one exchange, each with what the record says of it: given, generated, kept, gone back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from semper_host.commerce.evidence_proved import Issued, ItemProved
from semper_host.exchange import composition, held_money, looking
from semper_host.exchange.case import Case
from semper_host.exchange.items import Token
from semper_host.exchange.keepers import Keeper, keepers_of, read_end
from semper_host.exchange.messages import Opened
from semper_host.exchange.places import Place, lefts, places
from semper_host.exchange.requests import ABORTED, RESOLVED
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.model.credentials import Credential, Shown
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Decision, Settlement
from semper_host.supporting.cryptographic import cose

BANK, ISSUER = "bank", "issuer"
GIVEN = (CAPTURED, RELEASED, FINAL)
WORDS = {CAPTURED: "captured", RELEASED: "released", VOIDED: "voided", FINAL: "final", REVOKED: "revoked"}


@dataclass(frozen=True)
class Settled:
    """A keeper's word on how something kept under L ended: `kind` is the record's; `nothing`: there never was any."""

    kind: str
    keeper: Keeper
    at: int
    sealed: bytes = b""
    nothing: bool = False

    @property
    def by(self) -> str:
        """Whose word it is: the bank's or the issuer's."""
        return BANK if self.keeper.hold is not None else ISSUER


def settled_by(case: Case, record: Token, hold: bytes) -> Settled:
    """Return what a payment system's or issuer's signed record says. Raises PeerDeviated where it is for another hold.

    `hold`: the id, where there is one hold and it is known.
    """
    nothing = _nothing_held(case, record)
    if nothing is not None:
        return nothing
    end = read_end(case, record, hold)
    payload = cose.peek(record.data).payload
    at = StatusEnd.decode(payload).at if end.keeper.hold is None else Settlement.decode(payload).at
    return Settled(record.name, end.keeper, at, end.sealed)


def held_in(case: Case, signed: bytes) -> bytes:
    """Return the id of the hold that a payment system's HELD attests. Raises PeerDeviated (HOLD_INVALID)."""
    refused = PeerDeviated("HOLD_INVALID", "cannot use the payment system's record: no money is held here")
    for place in places(case.label):
        if place.hold is not None:
            try:
                return held_money.check_held(case, signed, place.hold, first=place.first)
            except PeerDeviated as error:
                refused = error
    raise refused


def items_of(
    case: Case, sides: tuple[str, str], messages: Sequence[int], settled: Sequence[Settled],
    decisions: Sequence[Decision], false: Sequence[Place], issued: Mapping[Place, Issued],
) -> tuple[ItemProved, ...]:  # fmt: skip
    """Return each item of the exchange, those of the initiator first; `sides` names initiator and responder."""
    resolved = [each for each in decisions if each.verdict == RESOLVED]
    found = []
    for place in places(case.label):
        form = looking.form_of(case.label.kind, place)
        giver, taker = sides if place.first else sides[::-1]
        words = [each for each in settled if each.keeper in _kept(case, place)]
        last = words[0] if words else None
        found.append(
            ItemProved(
                giver, taker, place.item.family, place.item.kind, form,
                promised=(1 if place.first else 2) in messages,
                given=(3 if place.first else 4) in messages,
                generated=_generated(form, place, resolved, words),
                ended="" if last is None else "never held" if last.nothing else WORDS[last.kind],
                at=None if last is None else last.at,
                false=place in false,
                amount=place.item.amount,
                issued=issued.get(place),
            )
        )  # fmt: skip
    return tuple(found)


def issued_in(case: Case, number: int, promises: Opened, given: Sequence[bytes]) -> dict[Place, Issued]:
    """Return where the credentials have their status that message `number` (1 or 2) shows, or the one after next gives.

    Both were checked.
    """
    found: dict[Place, Issued] = {}
    for (place, leg, promise), each in zip_longest(composition.promised(case.label, number, promises), given):
        signed = each
        if leg.form == looking.PRESENTATION:
            signed = Shown.decode(promise.part(0)).credential
        if leg.form in (looking.ACCESS, looking.PRESENTATION) and signed:
            said = Credential.decode(cose.peek(signed).payload)
            found[place] = Issued(said.described.issuer, said.described.status, said.index)
    return found


def contradicting(settled: Sequence[Settled]) -> tuple[str, ...]:
    """Return who, of banks and issuers, signed that the same thing was both given and taken back."""
    found: dict[str, None] = {}
    for each in settled:
        kinds = {other.kind for other in settled if other.keeper == each.keeper}
        if kinds & {VOIDED, REVOKED} and kinds & set(GIVEN):
            found[each.by] = None
    return tuple(found)


def escrow_blamed(decisions: Sequence[Decision]) -> bool:
    """Say whether the trustee, asked to resolve, aborted: it says that something in escrow is not what it should be."""
    return any(each.verdict == ABORTED and each.m2 is not None for each in decisions)


def has_escrow(case: Case) -> bool:
    """Say whether that can be: only of the initiator's items, for it certified the responder's itself."""
    forms = {looking.form_of(case.label.kind, place) for place in lefts(case.label)}
    return bool(forms & set(looking.ESCROWED))


def _kept(case: Case, place: Place) -> tuple[Keeper, ...]:
    """Return the keeper of one item, if it has one."""
    same = (place.first, place.hold, place.item.status)
    return tuple(each for each in keepers_of(case.label) if (each.first, each.hold, each.status) == same)


def _generated(form: str, place: Place, resolved: Sequence[Decision], words: Sequence[Settled]) -> bool:
    """Whether the trustee put the item in place: released the money, handed the key on, signed in its stead."""
    if form == looking.HELD:
        return any(each.kind == RELEASED for each in words)
    if form in looking.ESCROWED:
        return any(each.sealed if place.first else each.back for each in resolved)
    return bool(resolved)  # whose substitute was read with the decision


def _nothing_held(case: Case, record: Token) -> Settled | None:
    """Return a VOIDED that says that nothing was held under L, nor ever will be; None for everything else."""
    if record.name != VOIDED:
        return None
    for keeper in keepers_of(case.label):
        if keeper.hold is None or cose.signer_of(record.data) != keeper.key:
            continue
        said = Settlement.decode(case.crypto.open(record.data, VOIDED, keeper.key))
        if said.label == case.id and not said.amount and not said.payee:
            return Settled(VOIDED, keeper, said.at, nothing=True)
    return None


__all__ = [
    "BANK", "GIVEN", "HELD", "ISSUER", "Settled", "contradicting", "escrow_blamed", "has_escrow", "held_in",
    "issued_in", "items_of", "settled_by",
]  # fmt: skip
