"""Two parties of a fair purchase over their own archives: every step is durable before anything of it leaves.

As host/deals.py does it: one commit holds the event in the journal, the evidence of what was received and what is
sent, the outgoing mail, and the deal's row.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from semper_host.commerce.dispatch import Waiting
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.events import Begin, Consent, Event, Received, Send, dump_event
from semper_host.exchange.fair_exchange import join, step
from semper_host.exchange.items import HoldTerms, ItemRef, Party
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label, label_of, make_label
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Phase, Role
from semper_host.model.encoding import decode, encode
from semper_host.model.holds import HELD, Held
from semper_host.model.money import Money
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication.session import Ends, session_between
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

NOW = 1_800_000_000
PRICE = Money(1990, "EUR")
STEP = "pay"
CONTENT_KEYS = tuple(bytes((number,)) * 32 for number in (1, 2, 3))
GOODS = fair_purchase.Goods(
    tuple(fair_purchase.Part(f"part-{n}", bytes(32), sha256(key).digest()) for n, key in enumerate(CONTENT_KEYS))
)


@dataclass(frozen=True)
class Keys:
    """One participant's keys, from its name."""

    signing: SigningKey
    sealing: SealingKey

    @classmethod
    def of(cls, name: str) -> Keys:
        """Return the keys of the participant called `name`."""
        seeds = [sha256(f"{kind} {name}".encode()).digest() for kind in ("signing", "sealing")]
        return cls(SigningKey.from_seed(seeds[0]), SealingKey.from_seed(seeds[1]))

    @property
    def party(self) -> Party:
        """The public halves."""
        return Party(self.signing.public, self.sealing.public)

    @property
    def crypto(self) -> Crypto:
        """What the holder can do in an exchange."""
        return crypto_for(self.signing, self.sealing)


SELLER, BUYER, TRUSTEE, BANK = Keys.of("seller"), Keys.of("buyer"), Keys.of("trustee"), Keys.of("bank")


@dataclass(frozen=True)
class Agreed:
    """What stands before an exchange begins: the deal's name, the label, and the bank's word that the money is held."""

    deal: bytes
    label: Label
    held: bytes
    session: bytes

    @classmethod
    def fresh(cls) -> Agreed:
        """Return a new deal. The bank's signature is made here: it is the bank's work, not the exchange's."""
        deal = os.urandom(32)
        goods = ItemRef("statement", "information", sha256(encode(GOODS)).digest())
        label = make_label(
            deal=deal, step=STEP, kind=fair_purchase.RULES.kind, initiator=SELLER.party, responder=BUYER.party,
            trustee=TRUSTEE.party, left=goods, right=ItemRef("money", "price", amount=PRICE),
            holds=(HoldTerms(BANK.signing.public, "customer:eurocom", PRICE, NOW + 7200),),
            t2=NOW + 600, t_resolve=NOW + 1200, nonce_a=os.urandom(16), nonce_b=os.urandom(16),
        )  # fmt: skip
        held = Held(
            label_of(label), os.urandom(16), "customer:eurocom", PRICE, NOW + 7200, BUYER.signing.public,
            SELLER.signing.public, TRUSTEE.signing.public, BANK.signing.public, bytes(32),
        )  # fmt: skip
        signed = cose.sign1(encode(held), HELD, BANK.signing)
        return cls(deal, label, signed, session_between(deal, SELLER.signing.public, BUYER.signing.public))

    def write(self) -> bytes:
        """Return the bytes that `read` reads in another process."""
        return encode([self.deal, self.label, self.held, self.session])

    @classmethod
    def read(cls, data: bytes) -> Agreed:
        """Return what `write` wrote."""
        deal, label, held, session = decode(data)
        return cls(deal, Label.from_plain(label), held, session)


@dataclass(frozen=True)
class Letter:
    """A message on its way, with its number and what it acknowledges."""

    seq: int
    ack: int
    message: bytes


Work = Callable[[Any], list[Letter]]
"""What one commit writes; its result may leave once it is durable."""


class Side:
    """One side of one exchange in one archive."""

    def __init__(self, archive: Archive, agreed: Agreed, role: Role, crypto: Crypto) -> None:
        self.archive, self.agreed, self.crypto = archive, agreed, crypto
        self.context, self.state = join(agreed.label, role, crypto)

    @property
    def finished(self) -> bool:
        """Whether this side is done."""
        return self.state.phase is Phase.FINISHED

    def begin(self) -> Letter:
        """As the seller, durably: wrap the content keys and send message 1."""
        return self.archive.commit(self.beginning())[0]

    def consent(self) -> Letter:
        """As the buyer, durably, with message 1 reviewed and the money held: send message 2."""
        return self.archive.commit(self.consenting())[0]

    def beginning(self) -> Work:
        """Return what `begin` commits."""
        fresh = os.urandom(64)
        case = self.context.case
        return self._posting(Begin(*fair_purchase.prepare(case, GOODS, CONTENT_KEYS, fresh[:32], fresh[32:])))

    def consenting(self) -> Work:
        """Return what `consent` commits."""
        return self._posting(Consent((self.agreed.held,)))

    def receiving(self, letter: Letter) -> Work:
        """Return what takes a letter, once, and does what follows, in one commit."""

        def work(tx: Any) -> list[Letter]:
            self.archive.acknowledge(tx, self.agreed.session, letter.ack)
            return self.take(tx, letter.message) if self.archive.accept(tx, self.agreed.session, letter.seq) else []

        return work

    def take(self, tx: Any, message: bytes) -> list[Letter]:
        """Handle a message of the peer inside the commit that accepts it."""
        self._record(tx, "peer", message)
        return self._advance(tx, Received(message))

    def _posting(self, event: Event) -> Work:
        return lambda tx: self._advance(tx, event)

    def _advance(self, tx: Any, event: Event) -> list[Letter]:
        """Fold `event` in, inside the commit as a host does: journal, evidence, outgoing mail, the deal's row."""
        archive, agreed = self.archive, self.agreed
        state, effects = step(self.context, self.state, event, NOW)
        archive.append_journal(tx, agreed.deal, dump_event(event, NOW))
        letters = [self._send(tx, effect) for effect in effects if isinstance(effect, Send)]
        archive.put_deal(tx, agreed.deal, state.role.value, state.phase.value, NOW, {"total": PRICE.to_map()})
        self.state = state
        return letters

    def _send(self, tx: Any, effect: Send) -> Letter:
        self._record(tx, "me", effect.message)
        session = self.agreed.session
        seq = self.archive.enqueue(tx, session, encode(Waiting(effect.message, effect.until)))
        return Letter(seq, self.archive.session_state(session, tx).received, effect.message)

    def _record(self, tx: Any, role: str, message: bytes) -> None:
        self.archive.append_evidence(tx, self.agreed.deal, self.context.case.id, role, STEP, message)


def exchange(agreed: Agreed, sellers: Archive, buyers: Archive, seller: Crypto, buyer: Crypto) -> None:
    """Run the four messages between two archives of this process."""
    a = Side(sellers, agreed, Role.INITIATOR, seller)
    b = Side(buyers, agreed, Role.RESPONDER, buyer)
    (first,) = sellers.commit(a.beginning())
    buyers.commit(b.receiving(first))
    (second,) = buyers.commit(b.consenting())
    (third,) = sellers.commit(a.receiving(second))
    (fourth,) = buyers.commit(b.receiving(third))
    sellers.commit(a.receiving(fourth))
    assert a.state.outcome == b.state.outcome == "done"


async def exchange_in_task(agreed: Agreed, sellers: Archive, buyers: Archive, seller: Crypto, buyer: Crypto) -> None:
    """Do as `exchange` does, in a task of an event loop: others go on while it waits for a commit."""
    a = Side(sellers, agreed, Role.INITIATOR, seller)
    b = Side(buyers, agreed, Role.RESPONDER, buyer)
    (first,) = await sellers.committed(a.beginning())
    await buyers.committed(b.receiving(first))
    (second,) = await buyers.committed(b.consenting())
    (third,) = await sellers.committed(a.receiving(second))
    (fourth,) = await buyers.committed(b.receiving(third))
    await sellers.committed(a.receiving(fourth))
    assert a.state.outcome == b.state.outcome == "done"


def ends(agreed: Agreed, me: Keys, peer: Keys) -> Ends:
    """Return one side's view of the deal's mail session."""
    return Ends(agreed.session, me.signing, me.sealing, peer.signing.public, peer.sealing.public)
