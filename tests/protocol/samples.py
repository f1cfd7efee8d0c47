"""One sample exchange of every kind, for whatever cryptography: labels, and what honest parties put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from hypothesis import strategies as st

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.certifying import certify
from semper_host.exchange.events import Begin, Consent
from semper_host.exchange.goods import Goods, Part
from semper_host.exchange.items import HoldTerms, ItemRef, Party, Status
from semper_host.exchange.kinds import KINDS, fair_purchase
from semper_host.exchange.labels import Label, make_label
from semper_host.exchange.legs import access, information, presentation
from semper_host.exchange.places import Place, lefts, rights
from semper_host.exchange.preparing import Promised, answering, certificate_request, opening
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.trustee import Trustee
from semper_host.model.credentials import CREDENTIAL, PRESENTATION, Credential, Described
from semper_host.model.encoding import encode
from semper_host.model.holds import HELD, Held
from semper_host.model.money import Money

START = 1_000_000
T2, T_RESOLVE, EXPIRY = START + 60, START + 120, START + 600
PRICE, OTHER_PRICE = Money(1990, "EUR"), Money(2100, "USD")
CONTRACT, ORDER, INVOICE, LETTER = b"we offer a course", b"I order the course", b"one course: 19.90 EUR", b"a letter"
CONTENT_KEY, K1, K2 = b"\x0c" * 32, b"\x01" * 32, b"\x02" * 32
OTHER_CONTENT_KEY, K1_B = b"\x0d" * 32, b"\x05" * 32
HOLD = b"h" * 16
SELLER_ACCOUNT, BUYER_ACCOUNT = "eurocom", "buyer"


def hashed(data: bytes) -> bytes:
    return sha256(data).digest()


GOODS = Goods((Part("course", b"\x0e" * 32, hashed(CONTENT_KEY)),))
OTHER_GOODS = Goods((Part("survey", b"\x0f" * 32, hashed(OTHER_CONTENT_KEY)),))
TEXTS = {hashed(text): text for text in (CONTRACT, ORDER, LETTER)}


@dataclass(frozen=True)
class Actor:
    """A participant: its public keys, and what it can do with the private ones."""

    party: Party
    crypto: Crypto


@dataclass(frozen=True)
class Cast:
    """Everybody: both sides, the trustee, two payment systems, an issuer of credentials, the key of B's membership."""

    a: Actor
    b: Actor
    t: Actor
    mint: Actor
    bank: Actor
    issuer: Actor
    member: Actor

    @property
    def trustee(self) -> Trustee:
        return Trustee(self.t.crypto, self.t.party.signing, self.t.party.sealing)

    def keeper(self, key: bytes) -> Actor:
        return next(each for each in (self.mint, self.bank, self.issuer) if each.party.signing == key)


_FIXED: dict[str, tuple[tuple[ItemRef, ...], tuple[ItemRef, ...]]] = {
    "contract": ((ItemRef("statement", "offer", hashed(CONTRACT)),), (ItemRef("statement", "order", hashed(ORDER)),)),
    "fair-purchase": (
        (ItemRef("statement", "information", hashed(encode(GOODS))),),
        (ItemRef("money", "price", amount=PRICE),),
    ),
    "payment-receipt": (
        (ItemRef("credential", "receipt", hashed(INVOICE)),),
        (ItemRef("money", "price", amount=PRICE),),
    ),
}
_COMPOSED = {
    "money-money": ("dollars", "euros"),
    "access": ("ticket", "euros"),
    "access-shown": ("ticket", "membership"),
    "information": ("course", "survey"),
    "credentials": ("ticket", "pass"),
    "package": ("course ticket offer", "euros order"),
    "package-wide": ("dollars letter", "survey pass euros"),
    "package-mixed": ("ticket dollars", "survey order"),
    "package-two-holds": ("course", "euros rubles"),
}
"""What stands on each side of the composed samples."""
LEFT_ITEMS = ("dollars", "course", "ticket", "offer", "letter")
RIGHT_ITEMS = ("euros", "rubles", "survey", "pass", "order", "membership")
"""What packages can be made of; dollars and rubles are at the same payment system, so not both in one."""
SIDES = st.tuples(
    st.lists(st.sampled_from(LEFT_ITEMS), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(RIGHT_ITEMS), min_size=1, max_size=4, unique=True),
).filter(lambda sides: not ("dollars" in sides[0] and "rubles" in sides[1]))
"""Any package, for tests that draw one."""


def every_kind() -> Iterator[str]:
    yield from (*_FIXED, *_COMPOSED)


def described(kind: str, cast: Cast, holder: Actor) -> Described:
    """What the issuer's credential of this kind says, for this holder."""
    issuer = cast.issuer.party.signing
    return Described(
        1, issuer, kind, f"A {kind}", (), holder.party.signing, "main", START - 60, EXPIRY, kind == "ticket"
    )


def _digest(kind: str, cast: Cast, holder: Actor) -> bytes:
    return hashed(encode(described(kind, cast, holder)))


def _item(name: str, cast: Cast) -> ItemRef:
    issuer = cast.issuer.party.signing
    return {
        "dollars": ItemRef("money", "deposit", amount=OTHER_PRICE, form="held"),
        "rubles": ItemRef("money", "rest", amount=OTHER_PRICE, form="held"),
        "euros": ItemRef("money", "price", amount=PRICE, form="held"),
        "ticket": ItemRef(
            "credential", "ticket", _digest("ticket", cast, cast.b), form="access", status=Status(issuer, 7)
        ),
        "pass": ItemRef("credential", "pass", _digest("pass", cast, cast.a), form="access", status=Status(issuer, 8)),
        "membership": ItemRef(
            "credential", "membership", presentation.asked_for("membership"), form="presentation", status=Status(issuer)
        ),
        "course": ItemRef("statement", "course", hashed(encode(GOODS)), form="information"),
        "survey": ItemRef("statement", "survey", hashed(encode(OTHER_GOODS)), form="information"),
        "offer": ItemRef("statement", "offer", hashed(CONTRACT), form="document"),
        "order": ItemRef("statement", "order", hashed(ORDER), form="document"),
        "letter": ItemRef("statement", "letter", hashed(LETTER), form="document"),
    }[name]


def label_in(kind: str, cast: Cast, **changes: object) -> Label:
    """The label of the sample `kind` among `cast`; a package of one's own is "package-items:LEFT|RIGHT"."""
    kind, _, own = kind.partition(":")
    if kind in _FIXED:
        left, right = _FIXED[kind]
    else:
        written = tuple(own.split("|")) if own else _COMPOSED[kind]
        left, right = (tuple(_item(name, cast) for name in side.split()) for side in written)
    holds = [
        HoldTerms(
            (cast.mint if item.amount == PRICE else cast.bank).party.signing,
            BUYER_ACCOUNT if first else SELLER_ACCOUNT, item.amount, EXPIRY,
        )
        for items, first in ((left, True), (right, False)) for item in items if item.amount
    ]  # fmt: skip
    fields: dict[str, object] = {
        "deal": b"D" * 32, "step": "pay", "kind": kind if kind in KINDS else kind.split("-", maxsplit=1)[0],
        "initiator": cast.a.party, "responder": cast.b.party, "trustee": cast.t.party, "left": left[0],
        "right": right[0], "and_left": left[1:] or None, "and_right": right[1:] or None, "holds": tuple(holds),
        "t2": T2, "t_resolve": T_RESOLVE, "nonce_a": b"a" * 16, "nonce_b": b"b" * 16,
    }  # fmt: skip
    return make_label(**{**fields, **changes})  # type: ignore[arg-type]


def held_by(actor: Actor, case: Case, at: int = 0, *, first: bool = False, early: int = 0, hold: bytes = HOLD) -> bytes:
    """HELD for the label's hold number `at`, signed by `actor`; `early` seconds before it may end."""
    label, terms = case.label, case.label.holds[at]
    payer, payee = (label.initiator, label.responder) if first else (label.responder, label.initiator)
    held = Held(
        case.id, hold, terms.payee, terms.amount, terms.least_expiry - early, payer.signing, payee.signing,
        label.trustee.signing, terms.system, b"r" * 32,
    )  # fmt: skip
    return actor.crypto.sign(encode(held), HELD)


def promised(case: Case, place: Place, cast: Cast) -> Promised:
    """What an honest giver promises of one item of a composed exchange, and what gives it."""
    match place.item.form:
        case "held":
            keeper = cast.keeper(case.label.holds[place.hold or 0].system)
            return Promised((held_by(keeper, case, place.hold or 0, first=place.first),))
        case "information":
            goods, key, first = (GOODS, CONTENT_KEY, K1) if place.first else (OTHER_GOODS, OTHER_CONTENT_KEY, K1_B)
            return Promised(information.promise(case, place, goods, (key,), first, K2), first)
        case "access":
            said = described(place.item.kind, cast, cast.b if place.first else cast.a)
            token = cast.issuer.crypto.sign(encode(access.credential_of(case, place, said)), CREDENTIAL)
            return Promised(access.promise(case, token), token)
        case "presentation":
            return Promised(presentation.promise(*shown(case, place, cast)))
    return Promised((TEXTS[place.item.digest],))


def shown(case: Case, place: Place, cast: Cast) -> tuple[bytes, bytes]:
    """A membership, and its presentation in this exchange."""
    said = described("membership", cast, cast.member)
    credential = cast.issuer.crypto.sign(encode(Credential(said, 3)), CREDENTIAL)
    return credential, cast.member.crypto.sign(encode(presentation.showing(case, place, credential)), PRESENTATION)


def begin_in(case: Case, cast: Cast) -> Begin:
    """The honest initiator's first event."""
    match case.label.kind:
        case "contract":
            return Begin((CONTRACT,))
        case "payment-receipt":
            return Begin((INVOICE,))
        case "fair-purchase":
            return Begin(*fair_purchase.prepare(case, GOODS, (CONTENT_KEY,), K1, K2))
    places = (*lefts(case.label), *rights(case.label))
    half = K2 if any(place.item.form == "information" for place in places) else b""
    return opening(case, [promised(case, place, cast) for place in lefts(case.label)], half)


def consent_in(case: Case, rules: Rules, cast: Cast) -> Consent:
    """The honest responder's consent, after what had to be held is held and what had to be certified is."""
    match case.label.kind:
        case "contract":
            return Consent((ORDER,))
        case "payment-receipt" | "fair-purchase":
            return Consent((held_by(cast.mint, case),))
    items = [promised(case, place, cast) for place in rights(case.label)]
    request = certificate_request(case, rules, items)
    return answering(items, None if request is None else certify(cast.trustee, request, START))
