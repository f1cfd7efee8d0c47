"""What a trustee's operator sees of the cases: enough to run the service, nothing of what was traded.

Shown are the label, the verdict, the times, the merchant's enrolled name, at which payment systems money was ordered to
move and whether they confirmed it, at which issuers something was to be revoked, and proof of anybody's deviation by
its kind. Not shown, though parts of it are in the rows: amounts, payees, parties' keys, the deal, the step, what the
items are, reasons in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semper_host.admission.service_keys import ServiceKeys
from semper_host.exchange.items import Token
from semper_host.exchange.requests import ABORTED
from semper_host.exchange.trustee import Row
from semper_host.host.home import Home
from semper_host.host.purse_records import purse_records
from semper_host.host.trustee_revoking import UNREACHABLE
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.ledger.docket import CaseLine, CaseNote, Docket


@dataclass(frozen=True)
class CaseBank:
    """A payment system of a case: its certified name where we have a purse there, its key, and how it ended there."""

    name: str
    key: bytes
    state: str  # ordered; hold.released, hold.captured, hold.voided; nothing-held; left-to-expire


@dataclass(frozen=True)
class CaseIssuer:
    """An issuer that keeps a credential of a case: its certified name, its key, and how that ended there.

    Ordered; status.revoked, status.final; nothing-issued; unreachable: it never answered, and is not asked any more.
    """

    name: str
    key: bytes
    state: str


@dataclass(frozen=True)
class Case:
    """One case. Times are seconds since 1970; `tries` counts how often its orders were taken up."""

    label: bytes
    verdict: str
    decided: int
    merchant: str
    open: bool
    tries: int
    ended: int | None
    banks: tuple[CaseBank, ...]
    equivocated: bool  # somebody signed two messages 1 under this label: the second is kept
    contradicted: bool  # a payment system signed against the decision: that is kept
    issuers: tuple[CaseIssuer, ...] = ()  # those who were to revoke something

    def plain(self) -> dict[str, object]:
        """Return the case as plain data for JSON."""
        banks = [{"name": bank.name, "key": bank.key, "state": bank.state} for bank in self.banks]
        issuers = [{"name": each.name, "key": each.key, "state": each.state} for each in self.issuers]
        return {
            "label": self.label, "verdict": self.verdict, "decided": self.decided, "merchant": self.merchant,
            "open": self.open, "tries": self.tries, "ended": self.ended, "banks": banks,
            "equivocated": self.equivocated, "contradicted": self.contradicted, "issuers": issuers,
        }  # fmt: skip


def cases(home: Home, most: int, *, open_only: bool = False) -> list[Case]:
    """Return the latest cases, at most so many; `open_only`: those with orders that nobody has confirmed yet."""
    docket, names = Docket(home.archive.store), {each.stated.signing: each.bank for each in purse_records(home)}
    return [_case(docket, line, names) for line in docket.lines(most, open_only=open_only)]


def _case(docket: Docket, line: CaseLine, names: dict[bytes, str]) -> Case:
    found = docket.case(line.label)
    assert found is not None
    notes = docket.notes(line.label)
    states = {note.about: _state(note) for note in notes if note.kind in ("ended", "forbidden")}
    otherwise = "left-to-expire" if line.verdict == "lapsed" else "ordered"
    systems = [hold.system for hold in Row.decode(found.row).holds]
    return Case(
        label=line.label, verdict=line.verdict, decided=line.decided, merchant=line.merchant,
        open=line.tries is not None, tries=line.tries or 0,
        ended=max((note.at for note in notes if note.about in states), default=None),
        banks=tuple(CaseBank(names.get(key, "unknown"), key, states.get(key, otherwise)) for key in systems),
        equivocated=any(note.kind == "equivocation" for note in notes),
        contradicted=any(note.kind == "contradiction" for note in notes),
        issuers=tuple(_issuer(note, notes) for note in notes if note.kind == "issuer" and line.verdict == ABORTED),
    )  # fmt: skip


def _state(note: CaseNote) -> str:
    return "nothing-held" if note.kind == "forbidden" else Token.decode(note.data).name


def _issuer(stated: CaseNote, notes: Sequence[CaseNote]) -> CaseIssuer:
    """Return how it ended at the issuer whose statement a note keeps."""
    ends = (Token.decode(note.data).name for note in notes if note.kind == "ended" and note.about[:32] == stated.about)
    refused = (Token.decode(note.data).name for note in notes if (note.kind, note.about) == ("forbidden", stated.about))
    why = next(refused, "")
    state = "unreachable" if why == UNREACHABLE else "nothing-issued" if why else next(ends, "ordered")
    return CaseIssuer(ServiceKeys.decode(cose.peek(stated.data).payload).name, stated.about, state)
