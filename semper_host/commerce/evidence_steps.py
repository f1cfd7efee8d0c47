"""A transfer or a decision of a deal as a stranger sees it: who gave or chose what, and who said what of it. Pure.

What needs no private key is checked: the token of origin, the receipt, the signed choice, the signed `late`, and the
item itself where it lies open. Whoever signed both that it came and that it was late contradicts itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

from semper_host.commerce.evidence_proved import OPEN, ItemProved, Proof, StepProved
from semper_host.commerce.evidence_watch import Watcher
from semper_host.commerce.moments import moment
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.step_messages import What, read_choice, read_late, read_message
from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import Party
from semper_host.exchange.primitives import digest
from semper_host.exchange.transfer_looking import witness, witness_receipt
from semper_host.model.errors import PeerDeviated, SemperError

LATE, OK = What.LATE.value, "ok"
ACTS, ANSWERS, CLOSES = 1, 2, 3
"""The numbers of a step's messages: the parcel or choice; the receipt or `late`; how it was closed."""
_FIRST = (What.PARCEL, What.CHOICE, What.LATE, What.CLOSED)
_ACTING = (What.PARCEL, What.CHOICE, What.CLOSED)


def begins(spec: StepSpec, body: bytes) -> bool:
    """Say whether a message can be the first of its step: an answer to a parcel or choice can't. Raises SemperError."""
    return read_message(body)[0] in _FIRST


def begin(watcher: Watcher, spec: StepSpec, by: str, body: bytes) -> tuple[Observed, str]:
    """Return the step that this message begins, and what it is. Raises SemperError where the terms forbid it."""
    seen = Observed(watcher, spec)
    return seen, seen.message(by, body)


def unsaid(spec: StepSpec) -> str:
    """Nobody comes to an end of such a step without a word of its own."""
    return ""


@dataclass
class Observed:
    """A transfer or decision so far. `said` is the parcel or signed choice; `messages` are digests by number."""

    watcher: Watcher
    spec: StepSpec
    said: bytes = b""
    choice: str = ""
    name: bytes = b""
    others: dict[bytes, bytes] = field(default_factory=dict)  # more parcels by name: their taker may have preferred one
    came: bool = False  # who waits signed that it came
    late: bool = False  # who waits signed `late`
    receipt: bytes = b""
    closed: str = ""
    outcome: str = OPEN
    messages: dict[int, bytes] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    @property
    def names(self) -> tuple[bytes, ...]:
        """The transfer's names, one for each parcel that its giver signed."""
        return (self.name, *self.others)

    @property
    def acts(self) -> str:
        """The side that gives or decides."""
        ours = self.spec.part in (Part.GIVE, Part.DECIDE)
        return self.watcher.side if ours else self.watcher.peer

    @property
    def waits(self) -> str:
        """The other side."""
        return self.watcher.peer if self.acts == self.watcher.side else self.watcher.side

    @property
    def gives(self) -> bool:
        """Whether it is a transfer."""
        return self.spec.part in (Part.GIVE, Part.RECEIVE)

    def message(self, by: str, body: bytes) -> str:
        """Take a message that `by` sent. Raises SemperError where it does not fit, or contradicts one before."""
        what, token = read_message(body)
        if by != (self.acts if what in _ACTING else self.waits):
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept the {what.value}: it is the other side's to send")
        match what:
            case What.PARCEL if self.gives:
                self._parcel(token)
            case What.CHOICE if not self.gives:
                self._choice(token)
            case What.RECEIVED if self.gives and self.said:
                self._received(token, body)
            case What.LEARNT if self.choice and not token:
                self._came(body, self.choice, f"that it learnt this choice of the {self.acts}")
            case What.LATE:
                self._late(token)
            case What.CLOSED:
                self._closed(token)
            case _:
                _refuse(f"cannot accept the {what.value}: step {self.spec.name} has no place for it")
        return what.value

    def proof(self, body: bytes) -> tuple[str, str]:
        """Nobody's record belongs to such a step."""
        _refuse(f"cannot use the record: step {self.spec.name} is no exchange")

    def answer(self, body: bytes) -> str:
        """No trustee decides such a step."""
        _refuse(f"cannot use the answer: no trustee decides step {self.spec.name}")

    def conviction(self, body: bytes) -> bool:
        """Say no: a conviction is about an exchange."""
        return False

    def silently(self) -> str:
        """Nobody goes on from here without a word of its own."""
        return ""

    def missed(self) -> str:
        """Say that the exporter's own choice did not count, where that is so."""
        ours = self.choice and self.acts == self.watcher.side
        return "the other side says that our choice came too late" if ours and self.outcome == LATE else ""

    def why(self) -> str:
        """Say that the step was late, where it was."""
        return f"step {self.spec.name} was not done in time" if self.outcome == LATE else ""

    def proved(self, proofs: tuple[Proof, ...]) -> StepProved:
        """Return what the record proves of it."""
        return StepProved(
            name=self.spec.name,
            kind="transfer" if self.gives else "decision",
            outcome=self.outcome,
            label=self.name,
            proofs=proofs,
            initiator=self.acts,
            messages=tuple(sorted(self.messages.items())),
            items=(self._item(),) if self.gives else (),
            contradictions=tuple(sorted(self.doubled)),
            fair="none",
            words=tuple(self.words),
        )

    def _item(self) -> ItemProved:
        item = self.watcher.plan.handed[self.spec.step]
        asked = transfers.asks_receipt(self.watcher.plan.transfer(self.spec))
        return ItemProved(
            giver=self.acts, taker=self.waits, family=item.family, kind=item.kind, form="parcel",
            promised=bool(self.said), given=bool(self.said), amount=item.amount,
            receipted=bool(self.receipt) if asked else None,
        )  # fmt: skip

    def _parcel(self, parcel: bytes) -> None:
        plan = self.watcher.plan
        transfer = witness(plan.transfer(self.spec), plan.crypto, parcel)
        name = transfers.name_of(transfer)
        if self.said not in (b"", parcel):
            self.others[name] = parcel
        self._said(parcel)
        self.name = name
        item = f"{transfer.item.kind}, SHA-256 {transfer.item.digest.hex()[:16]}"
        origin = "signed that it gives" if transfers.ORIGIN in transfer.security else "gave, as its message says,"
        self._tell(f"The {self.acts} {origin} {item}.")

    def _choice(self, signed: bytes) -> None:
        choice = read_choice(self.watcher.plan, self.spec, signed, self._key(self.acts))
        self._said(signed)
        self.choice = choice
        self._tell(f"The {self.acts} signed that it chooses {choice}.")

    def _said(self, token: bytes) -> None:
        """A second, different one counts against its sender, once its signature is checked."""
        if self.said not in (b"", token):
            self.doubled.add(self.acts)
            what = "parcels" if self.gives else "choices"
            raise PeerDeviated("PEER_DEVIATED", f"cannot accept it: its sender signed two different {what}")
        self.said = token
        self.messages.setdefault(ACTS, digest(token))

    def _received(self, receipt: bytes, body: bytes) -> None:
        plan = self.watcher.plan
        self._prefer(receipt)
        transfer = witness(plan.transfer(self.spec), plan.crypto, self.said)
        if bool(receipt) != transfers.asks_receipt(transfer):
            _refuse("cannot accept it: a receipt stands where none was asked, or none where one was")
        said = "that the parcel came"
        if receipt:
            said = f"that the parcel was {witness_receipt(transfer, plan.crypto, self.said, receipt)}"
            self.receipt = receipt
        self._came(body, OK, said)

    def _prefer(self, receipt: bytes) -> None:
        """Where its giver signed several parcels, the exporter's own receipt says which one it took."""
        plan, ours = self.watcher.plan, self.waits == self.watcher.side and not self.came
        for name, parcel in self.others.items() if ours else ():
            with suppress(SemperError):
                transfer = witness(plan.transfer(self.spec), plan.crypto, parcel)
                witness_receipt(transfer, plan.crypto, parcel, receipt)
                self.said, self.name, self.messages[ACTS] = parcel, name, digest(parcel)

    def _came(self, body: bytes, outcome: str, said: str) -> None:
        """Who waits says that it came: that ends the step, if nothing has before."""
        self.messages.setdefault(ANSWERS, digest(body))
        self.came = True
        self._tell(f"The {self.waits} signed {said}.")
        if self.outcome == OPEN:
            self.outcome = outcome
        self._check_both()

    def _late(self, signed: bytes) -> None:
        said = read_late(self.watcher.plan, self.spec, signed, self._key(self.waits))
        self.messages.setdefault(ANSWERS, digest(signed))
        self.late = True
        self._tell(f"The {self.waits} signed that nothing had come in time, at {moment(said.at)} by its clock.")
        if self.waits == self.watcher.side and self.outcome == OPEN:
            self.outcome = LATE
        self._check_both()

    def _check_both(self) -> None:
        if self.came and self.late:
            self.doubled.add(self.waits)
            both = "that it came, and that it came too late"
            raise PeerDeviated("PEER_DEVIATED", f"cannot accept it: its sender signed both {both}")

    def _closed(self, ended: bytes) -> None:
        """Who acted says how it took a `late`, or silence; that ends the step in its own record."""
        outcome = ended.decode(errors="replace")
        if outcome not in (LATE, self.choice or LATE):
            _refuse("cannot accept it: it closes the step with no outcome of it")
        self.messages.setdefault(CLOSES, digest(ended))
        took = f"took the silence of the {self.waits} for {outcome}" if not self.late else f"took it for {outcome}"
        self._tell(f"The {self.acts} {took}.")
        self.closed = outcome
        if self.acts == self.watcher.side and self.outcome == OPEN:
            self.outcome = outcome

    def _tell(self, line: str) -> None:
        if line not in self.words:
            self.words.append(line)

    def _key(self, side: str) -> bytes:
        plan = self.watcher.plan
        party: Party = plan.me if side == self.watcher.side else plan.peer
        return party.signing


def _refuse(cause: str) -> NoReturn:
    raise PeerDeviated("MESSAGE_UNEXPECTED", cause)
