"""What the exhibits of a contract among several prove, one after the other, checked with nobody's private key. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from semper_host.commerce.joint_roll import Roll
from semper_host.commerce.joint_words import JointVerified, PartyProved
from semper_host.exchange.accountability import RECEIPT, Equivocation, Receipt, convicts
from semper_host.exchange.case import Case
from semper_host.exchange.items import Token
from semper_host.exchange.joint_contract import CONFIRMATION, PROMISE
from semper_host.exchange.kinds.joint_contract import check_promise
from semper_host.exchange.messages import KINDS, Body, parse, read
from semper_host.exchange.requests import ABORTED, LAPSED, RESOLVED, SUBSTITUTE, Answer, check_substitute, read_decision
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import DECISION
from semper_host.supporting.cryptographic import cose


@dataclass
class Proving:
    """What was proved so far."""

    case: Case
    roll: Roll
    promised: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)
    elsewhere: set[tuple[int, bytes]] = field(default_factory=set)  # who promised under which other L, too
    said: list[Token] = field(default_factory=list)  # by the trustee
    verdicts: list[str] = field(default_factory=list)
    substituted: bool = False
    trustee_wrong: str = ""
    deviations: int = 0
    erased: int = 0

    def promise(self, party: int, message: bytes) -> None:
        """A party's promise. Raises PeerDeviated where it is none."""
        check_promise(self.case, message, party)
        self.promised.add(party)

    def confirmation(self, party: int, message: bytes) -> None:
        """A party's confirmation. Raises PeerDeviated where it is none."""
        read(self.case.crypto, message, CONFIRMATION, self.case.id, self._key(party))
        self.confirmed.add(party)

    def answer(self, data: bytes) -> None:
        """The trustee's answer. Raises PeerDeviated where it did not sign it."""
        answer = Answer.decode(data)
        if answer.decision is None:
            raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: it decides nothing")
        decision = read_decision(self.case, answer.decision)
        self._told(Token(DECISION, answer.decision), decision.verdict)
        for record in answer.records:
            if record.name == SUBSTITUTE and decision.verdict == RESOLVED:
                check_substitute(self.case, record.data, decision.m1, decision.m2 or b"")
                self.substituted = True

    def receipt(self, signed: bytes) -> None:
        """The trustee's receipt. Raises PeerDeviated where it did not sign it, or for another exchange."""
        receipt = Receipt.decode(self.case.crypto.open(signed, RECEIPT, self.case.label.trustee.signing))
        if receipt.label != self.case.id:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the receipt: it is for another exchange")
        self._told(Token(RECEIPT, signed), receipt.verdict)
        if receipt.verdict == LAPSED and receipt.at <= self.case.label.t_resolve:
            self.trustee_wrong = "said that the contract lapsed before its time was over"

    def equivocation(self, data: bytes) -> None:
        """The proof that the trustee signed two decisions. Raises PeerDeviated where it is none."""
        proof = Equivocation.decode(data)
        if proof.trustee != self.case.label.trustee.signing or not convicts(self.case.crypto.open, proof):
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the proof: it does not convict this trustee")
        self.trustee_wrong = "signed two decisions on the contract"

    def deviation(self, role: str, message: bytes) -> None:
        """What was refused. Whoever signed a promise under another L with a key made for this contract did it."""
        self.deviations += 1
        try:
            said = parse(message)
            signer = cose.signer_of(said.signed)
            body = Body.decode(self.case.crypto.open(said.signed, KINDS[PROMISE], signer))
        except SemperError:
            return  # nobody signed it so: it proves nothing against anybody
        for party, member in enumerate(self.roll.members):
            if member.party.signing == signer and body.number == PROMISE and body.label != self.case.id:
                self.elsewhere.add((party, body.label))

    def verified(self, me: int, at: int, size: int, exhibits: int, head: bytes) -> JointVerified:
        """Return everything that was proved by the file of party `me`."""
        opened, label = self.roll.opened, self.case.label
        parties = tuple(
            PartyProved(
                number, member.name, member.certified.root if member.certified else "", member.party.signing,
                number in self.promised, number in self.confirmed,
            )
            for number, member in enumerate(self.roll.members)
        )  # fmt: skip
        return JointVerified(
            contract=opened.number, deal=self.roll.deal, label=self.case.id, me=me, at=at,
            title=opened.invitation.title, text=opened.invitation.text, size=size, parties=parties,
            trustee=opened.guardian.name, trustee_key=label.trustee.signing, t2=label.t2, t_resolve=label.t_resolve,
            substituted=self.substituted, verdicts=tuple(dict.fromkeys(self.verdicts)), said=tuple(self.said),
            elsewhere=tuple(sorted(self.elsewhere)), trustee_wrong=self.trustee_wrong, deviations=self.deviations,
            erased=self.erased, exhibits=exhibits, head=head,
        )  # fmt: skip

    def _told(self, said: Token, verdict: str) -> None:
        self.said.append(said)
        self.verdicts.append(verdict)
        if verdict == ABORTED:
            self.trustee_wrong = "aborted a contract of several, which nobody can ask for"

    def _key(self, party: int) -> bytes:
        return self.roll.members[party].party.signing
