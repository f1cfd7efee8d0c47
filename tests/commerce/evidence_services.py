"""What stands around a deal in the tests of its evidence: a clock, a bank that signs, the real trustee in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.admission.service_keys import ServiceKeys, sign_service_keys
from semper_host.exchange import trustee as trustees
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label, label_of
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable
from semper_host.model.holds import HELD, RELEASED, VOIDED, Held, Settlement
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, issue_leaf
from tests.host.marketplace import Authorities


class Clock:
    """Everybody's clock."""

    def __init__(self) -> None:
        self.now = int(time.time())

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True)
class Keys:
    """Signing and sealing keys, from a name."""

    signing: SigningKey
    sealing: SealingKey

    @classmethod
    def of(cls, name: str) -> Keys:
        signing, sealing = (sha256(name.encode() + word).digest() for word in (b"signing", b"sealing"))
        return cls(SigningKey.from_seed(signing), SealingKey.from_seed(sealing))

    def service(self, role: str, authorities: Authorities, now: int, system: str = "", keyset: bytes = b"") -> bytes:
        """Return the signed service keys of a certified bank or trustee."""
        key = P256Key.from_seed(sha256(role.encode()).digest())
        name = f"The {role}"
        applicant = Applicant(name, key.public, frozenset({Purpose(role)}), (f"semper:{role}/one",))
        certified = CertifiedKey(key, issue_leaf(applicant, authorities.validity, authorities.registering))
        keys = ServiceKeys(
            role, name, self.signing.public, self.sealing.public, "http://127.0.0.1:1",
            now - 3600, now + 86_400, system, keyset,
        )  # fmt: skip
        return sign_service_keys(keys, certified)


@dataclass
class Bank:
    """Signs what the bank of a deal would sign."""

    keys: Keys
    clock: Clock
    holds: dict[bytes, Held] = field(default_factory=dict)
    ended: dict[bytes, Token] = field(default_factory=dict)

    def hold(self, label: Label) -> bytes:
        terms, name = label.holds[0], label_of(label)
        held = Held(
            name, name[:16], terms.payee, terms.amount, terms.least_expiry, label.responder.signing,
            label.initiator.signing, label.trustee.signing, terms.system, b"r" * 32,
        )  # fmt: skip
        self.holds.setdefault(name, held)
        return self.sign(HELD, self.holds[name])

    def end(self, label: bytes, kind: str, sealed: bytes = b"") -> Token:
        if label not in self.ended:
            held = self.holds[label]
            ended = Settlement(label, held.hold, held.payee, held.amount, self.clock(), sealed)
            self.ended[label] = Token(kind, self.sign(kind, ended))
        return self.ended[label]

    def obey(self, order: trustees.Order, sealed: bytes) -> Token | None:
        if order.label not in self.holds:
            return None
        released = isinstance(order, trustees.Release)
        return self.end(order.label, RELEASED if released else VOIDED, sealed if released else b"")

    def sign(self, kind: str, record: Held | Settlement) -> bytes:
        return cose.sign1(encode(record), kind, self.keys.signing)


@dataclass
class TrusteeDesk:
    """The real trustee over rows in memory."""

    keys: Keys
    bank: Bank
    clock: Clock
    rows: dict[bytes, trustees.Row] = field(default_factory=dict)

    def ask(self, request: bytes) -> bytes:
        signing, sealing = self.keys.signing, self.keys.sealing
        me = trustees.Trustee(crypto_for(signing, sealing), signing.public, sealing.public)
        label = trustees.label_in(request)
        judgement = trustees.judge(me, self.rows.get(label), request, self.clock())
        self.rows[label] = judgement.row
        for order in judgement.effects:
            record = self.bank.obey(order, judgement.row.sealed)
            if record is not None:
                judgement = trustees.conclude(me, self.rows[label], record)
                self.rows[label] = judgement.row
        if judgement.answer is None:
            raise Unavailable("PEER_UNREACHABLE", "cannot answer yet")
        return judgement.answer
