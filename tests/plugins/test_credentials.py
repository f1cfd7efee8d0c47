"""Credentials from issue to redemption: an issuer, a holder and a verifier, each with an archive of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from semper_host.api_v1 import (
    CREDENTIAL,
    Accepted,
    Claim,
    Credential,
    Declined,
    Described,
    Item,
    ItemTraits,
    Presentation,
    Prove,
    Shown,
    Token,
    Wanted,
    decode,
    encode,
)
from semper_host.host.credentials.issuing import STATUS_SECONDS, Issuer, IssuerHandler, Order
from semper_host.host.credentials.token_keys import IssuerKeys
from semper_host.host.credentials.verifying import Verifier, VerifierHandler
from semper_host.host.credentials.wallet import HolderHandler, Wallet
from semper_host.model.credential_requests import Allot, BlindTokens, Certify, SignTokens, UnblindTokens
from semper_host.model.credentials import PRESENTATION, STATUS_LIST, StatusList
from semper_host.model.errors import CapabilityRefused, PeerDeviated, SemperError, UsageError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.plugins.conftest import NOW, PLUGINS, Run, confined_in, plain_in

BUNDLE = PLUGINS / "items" / "credential"

YEAR = 365 * 86_400
CHALLENGE, LABEL = b"challenge".ljust(32), b"label".ljust(32)
ISSUER, HOLDER, VERIFIER = (SigningKey.from_seed(name.ljust(32)) for name in (b"issuer", b"holder", b"verifier"))
SEAT = Claim("seat", "12 F")
WANTED = Wanted("ticket", [ISSUER.public], [SEAT])


class Theatre:
    """The parties, and the credential bundle run plainly or confined."""

    def __init__(self, directory: Path, run: Run, keys: IssuerKeys) -> None:
        archives = [Archive.open(directory / f"{name}.db", bytes(32)) for name in ("issuer", "holder", "verifier")]
        self.run, self.keyset = run, keys.keyset
        self.issuer = Issuer(archives[0], ISSUER, keys)
        self.wallet = Wallet(archives[1], b"wallet".ljust(32), {HOLDER.public: HOLDER}.get)
        self.verifier = Verifier(archives[2], keys.keyset)

    def issue(self, described: Described, key: bytes = b"order 1", label: bytes = b"") -> Any:
        order = Order(described, key, label)
        return self.run("issuer.issue", tuple(order), IssuerHandler(self.issuer, order))

    def ticket(self, **changes: Any) -> bytes:
        signed = self.issue(replace(TICKET, **changes))
        assert isinstance(signed, bytes), signed
        self.wallet.put(signed, ISSUER.public)
        return signed

    def show(self, signed: bytes, audience: bytes = VERIFIER.public, challenge: bytes = CHALLENGE) -> bytes:
        handler = HolderHandler(self.wallet, Prove(signed, audience, challenge), None, NOW)
        shown = self.run("holder.present", (signed, audience, challenge), handler)
        assert isinstance(shown, bytes), shown
        return shown

    def learn(self, now: int = NOW) -> None:
        self.verifier.learn(self.issuer.status_list("tickets", now), ISSUER.public, now)

    def verify(self, entry: str, shown: bytes, wanted: Wanted = WANTED, now: int = NOW, **asked: bytes) -> Any:
        audience, challenge = asked.get("audience", VERIFIER.public), asked.get("challenge", CHALLENGE)
        return self.run(f"verifier.{entry}", (shown, wanted, audience, challenge), VerifierHandler(self.verifier, now))

    def revoke(self, signed: bytes) -> Any:
        return self.run("issuer.revoke", (signed, ISSUER.public), IssuerHandler(self.issuer, signed))

    def tokens(self, count: int, key: bytes = b"order 1") -> list[bytes]:
        blinded = self.want(count)
        signed = self.sign(blinded, key)
        assert self.take(blinded, signed) == count
        return self.wallet.tokens("reader")

    def want(self, count: int = 1) -> list[bytes]:
        handler = HolderHandler(self.wallet, BlindTokens("reader", count), self.keyset, NOW)
        blinded: list[bytes] = self.run("holder.want_tokens", ("reader", count), handler)
        return blinded

    def sign(self, blinded: list[bytes], key: bytes) -> Any:
        handler = IssuerHandler(self.issuer, SignTokens("reader", blinded, key))
        return self.run("issuer.sign_tokens", ("reader", blinded, key), handler)

    def take(self, blinded: list[bytes], signatures: list[bytes]) -> Any:
        handler = HolderHandler(self.wallet, UnblindTokens("reader", blinded, signatures), self.keyset, NOW)
        return self.run("holder.take_tokens", ("reader", blinded, signatures), handler)

    def redeem_token(self, token: bytes, use: bytes, now: int = NOW) -> Any:
        return self.run("verifier.redeem_token", (token, "reader", use), VerifierHandler(self.verifier, now))


TICKET = Described(
    1, ISSUER.public, "ticket", "Hamlet, 7 December", (SEAT,), HOLDER.public, "tickets", NOW - 60, NOW + YEAR, True
)


@pytest.fixture(scope="module")
def keys() -> IssuerKeys:
    return IssuerKeys.generate(ISSUER.public, ["reader"], NOW + YEAR)


@pytest.fixture(scope="module")
def plain() -> Run:
    return plain_in(BUNDLE)


@pytest.fixture(scope="module")
def confined() -> Iterator[Run]:
    with confined_in(BUNDLE) as run:
        yield run


@pytest.fixture
def theatre(tmp_path: Path, plain: Run, keys: IssuerKeys) -> Theatre:
    return Theatre(tmp_path, plain, keys)


@pytest.fixture(params=["plain", "confined"])
def either(request: pytest.FixtureRequest, tmp_path: Path, keys: IssuerKeys) -> Theatre:
    return Theatre(tmp_path, request.getfixturevalue(request.param), keys)


def why(answer: Any) -> str:
    assert isinstance(answer, Declined), answer
    return answer.why


# --- bound to a key


def test_a_ticket_is_issued_shown_and_redeemed_once(either: Theatre) -> None:
    signed = either.ticket()
    either.learn()
    shown = either.show(signed)
    assert either.verify("check", shown) == Accepted()
    assert either.verify("redeem", shown) == Accepted()
    assert either.verify("redeem", shown) == Accepted()  # the same showing, asked again
    again = either.show(signed, challenge=b"another".ljust(32))
    assert why(either.verify("redeem", again, challenge=b"another".ljust(32))) == "it was redeemed before"


def test_a_membership_can_be_used_again(theatre: Theatre) -> None:
    signed = theatre.ticket(kind="membership", once=False)
    theatre.learn()
    for number in range(3):
        challenge = bytes([number]) * 32
        shown = theatre.show(signed, challenge=challenge)
        wanted = Wanted("membership", [ISSUER.public])
        assert theatre.verify("redeem", shown, wanted, challenge=challenge) == Accepted()


def test_a_revoked_ticket_is_refused_and_stays_so(theatre: Theatre) -> None:
    signed, other = theatre.ticket(), theatre.issue(replace(TICKET, title="Macbeth"))
    theatre.wallet.put(other, ISSUER.public)
    theatre.learn()
    assert theatre.revoke(signed) == theatre.revoke(signed) == Accepted()
    before = theatre.issuer.status_list("tickets", NOW + 1)
    theatre.learn(NOW + 2)
    assert why(theatre.verify("check", theatre.show(signed), now=NOW + 2)) == "it was revoked"
    assert theatre.verify("check", theatre.show(other), now=NOW + 2) == Accepted()
    with pytest.raises(PeerDeviated, match="takes back"):
        theatre.verifier.learn(before, ISSUER.public, NOW + 2)


def test_a_status_list_cannot_take_back_a_revocation(theatre: Theatre) -> None:
    theatre.ticket()
    theatre.issuer.revoke("tickets", 0)
    theatre.learn()
    forged = StatusList(1, ISSUER.public, "tickets", NOW + 5, NOW + 10, 1, b"\0")
    with pytest.raises(PeerDeviated, match="takes back") as error:
        theatre.verifier.learn(cose.sign1(encode(forged), STATUS_LIST, ISSUER), ISSUER.public, NOW + 5)
    assert error.value.code == "STATUS_FALSE" and error.value.evidence


def test_an_older_list_of_another_process_does_not_come_after_a_newer_one(
    theatre: Theatre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre.ticket()
    older = theatre.issuer.status_list("tickets", NOW)
    theatre.issuer.revoke("tickets", 0)
    newer = theatre.issuer.status_list("tickets", NOW + 1)
    other = Verifier(Archive.open(tmp_path / "verifier.db", bytes(32)))
    commit = theatre.verifier.archive.commit

    def late(work: Any) -> Any:
        other.learn(newer, ISSUER.public, NOW + 1)
        return commit(work)

    monkeypatch.setattr(theatre.verifier.archive, "commit", late)
    with pytest.raises(PeerDeviated, match="takes back"):
        theatre.verifier.learn(older, ISSUER.public, NOW + 1)
    assert theatre.verifier.status_of(ISSUER.public, "tickets", 0, NOW + 1) == "revoked"


def test_a_list_is_of_one_moment_whatever_is_issued_meanwhile(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = theatre.issuer.archive.all_written

    def late(*asked: Any) -> Any:
        for number in range(9):
            theatre.issuer.allot("tickets", bytes([number]))
        theatre.issuer.revoke("tickets", 8)
        return look(*asked)

    monkeypatch.setattr(theatre.issuer.archive, "all_written", late)
    said = cose.open1(theatre.issuer.status_list("tickets", NOW), STATUS_LIST, ISSUER.public)
    assert StatusList.decode(said).count == 0


@pytest.mark.parametrize("changes", [{"version": 2}, {"count": 9}, {"bits": b""}, {"issuer": VERIFIER.public}])
def test_a_malformed_status_list_is_refused(theatre: Theatre, changes: dict[str, Any]) -> None:
    said = replace(StatusList(1, ISSUER.public, "tickets", NOW, NOW + 10, 1, b"\0"), **changes)
    with pytest.raises(PeerDeviated, match="not the issuer's own"):
        theatre.verifier.learn(cose.sign1(encode(said), STATUS_LIST, ISSUER), ISSUER.public, NOW)


@pytest.mark.parametrize("when", [NOW + STATUS_SECONDS, NOW + STATUS_SECONDS + 1, NOW - 1000])
def test_without_a_fresh_status_list_nothing_is_accepted(theatre: Theatre, when: int) -> None:
    signed = theatre.ticket(not_before=0)
    shown = theatre.show(signed)
    assert "status list" in why(theatre.verify("check", shown))
    theatre.learn()
    assert theatre.verify("check", shown) == Accepted()
    assert "status list" in why(theatre.verify("check", shown, now=when))


def test_a_showing_is_for_one_verifier_and_one_question(theatre: Theatre) -> None:
    signed = theatre.ticket()
    theatre.learn()
    shown = theatre.show(signed)
    other = b"other".ljust(32)
    for answer in (theatre.verify("check", shown, audience=other), theatre.verify("check", shown, challenge=other)):
        assert why(answer).startswith("it is not shown by its holder")


def test_a_stolen_credential_cannot_be_shown(theatre: Theatre) -> None:
    signed = theatre.ticket()
    theatre.learn()
    thief = SigningKey.from_seed(b"thief".ljust(32))
    proof = Presentation(sha256(signed).digest(), VERIFIER.public, CHALLENGE)
    stolen = encode(Shown(signed, cose.sign1(encode(proof), PRESENTATION, thief)))
    assert why(theatre.verify("check", stolen)).startswith("it is not shown by its holder")


@pytest.mark.parametrize(
    ("wanted", "cause"),
    [
        (Wanted("membership", [ISSUER.public]), "it is of kind ticket"),
        (Wanted("ticket", [VERIFIER.public]), "nobody asked for here issued it"),
        (Wanted("ticket", []), "nobody asked for here issued it"),
        (Wanted("ticket", [ISSUER.public], [Claim("seat", "1 A")]), "it does not say that seat is 1 A"),
        (Wanted("ticket", [ISSUER.public], [Claim("row", "")]), "it does not say that row is "),
    ],
)
def test_only_what_is_wanted_is_accepted(theatre: Theatre, wanted: Wanted, cause: str) -> None:
    signed = theatre.ticket()
    theatre.learn()
    assert why(theatre.verify("check", theatre.show(signed), wanted)).startswith(cause)


@pytest.mark.parametrize("when", [NOW - 100, NOW + YEAR])
def test_a_ticket_is_good_in_its_time_only(theatre: Theatre, when: int) -> None:
    signed = theatre.ticket()
    assert why(theatre.verify("check", theatre.show(signed), now=when)) == "it is not valid now"


def test_the_same_order_gets_the_same_credential(theatre: Theatre) -> None:
    first = theatre.issue(TICKET)
    assert theatre.issue(TICKET) == first
    assert theatre.issue(TICKET, b"order 2") != first
    assert theatre.issue(TICKET, label=LABEL) != first
    assert Credential.decode(cose.open1(theatre.issue(TICKET, label=LABEL), CREDENTIAL, ISSUER.public)).label == LABEL


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2}, {"kind": ""}, {"holder": b"short"}, {"issuer": b""}, {"not_after": 5},
        {"not_before": -1}, {"claims": (SEAT, SEAT)}, {"claims": (Claim("x", "y" * 201),)}, {"title": "t" * 201},
        {"claims": tuple(Claim(str(number), "") for number in range(33))},
    ],
)  # fmt: skip
def test_a_malformed_description_is_declined(theatre: Theatre, changes: dict[str, Any]) -> None:
    assert why(theatre.issue(replace(TICKET, **changes)))


# --- a bundle that lies


def test_the_host_signs_only_the_description_that_was_approved(theatre: Theatre) -> None:
    approved = IssuerHandler(theatre.issuer, Order(replace(TICKET, claims=(Claim("seat", "1 A"),)), b"k"))
    with pytest.raises(CapabilityRefused):
        theatre.run("issuer.issue", (TICKET, b"k", b""), approved)


@pytest.mark.parametrize("changes", [{"index": 1}, {"index": -1}, {"label": LABEL}])
def test_the_host_signs_no_other_place_and_no_other_exchange(theatre: Theatre, changes: dict[str, Any]) -> None:
    handler = IssuerHandler(theatre.issuer, Order(TICKET, b"k"))
    with pytest.raises(CapabilityRefused):
        handler(Certify(encode(Credential(TICKET, 0))))  # none was allotted
    honest = Credential(TICKET, handler(Allot("tickets", b"a")))
    with pytest.raises(CapabilityRefused):
        handler(Certify(encode(replace(honest, **changes))))
    assert handler(Certify(encode(honest)))


def test_no_bundle_gets_one_place_for_two_orders_or_two_for_one(theatre: Theatre) -> None:
    handlers = [IssuerHandler(theatre.issuer, Order(replace(TICKET, title=title), b"k")) for title in ("one", "two")]
    assert [handler(Allot("tickets", b"always the same")) for handler in handlers] == [0, 1]
    with pytest.raises(CapabilityRefused):
        handlers[0](Allot("tickets", b"one more"))


def test_the_host_signs_only_the_tokens_that_were_asked_for(theatre: Theatre) -> None:
    asked, others = theatre.want(2), theatre.want(2)
    handler = IssuerHandler(theatre.issuer, SignTokens("reader", asked, b"order"))
    for lie in (("reader", others, b"order"), ("reader", others, b"more"), ("reader", asked, b"more")):
        with pytest.raises(CapabilityRefused):
            handler(SignTokens(*lie))
    assert handler(SignTokens("reader", asked, b"order")) == handler.signed


def test_a_bundle_makes_no_more_tokens_than_the_person_wants(theatre: Theatre) -> None:
    handler = HolderHandler(theatre.wallet, BlindTokens("reader", 2), theatre.keyset, NOW)
    for lie in (BlindTokens("reader", 100), BlindTokens("writer", 2), UnblindTokens("reader", [], [])):
        with pytest.raises(CapabilityRefused):
            handler(lie)
    assert handler(BlindTokens("reader", 2)) == handler(BlindTokens("reader", 2)) == handler.wanted


def test_the_host_signs_in_nobody_elses_name(theatre: Theatre) -> None:
    with pytest.raises(CapabilityRefused):
        theatre.issue(replace(TICKET, issuer=VERIFIER.public))


def test_the_host_revokes_only_the_credential_that_was_named(theatre: Theatre) -> None:
    one, other = theatre.ticket(), theatre.issue(TICKET, b"order 2")
    with pytest.raises(CapabilityRefused):
        theatre.run("issuer.revoke", (one, ISSUER.public), IssuerHandler(theatre.issuer, other))


def test_the_holder_shows_only_what_the_person_agreed_to(theatre: Theatre) -> None:
    signed = theatre.ticket()
    for agreed in (None, Prove(signed, VERIFIER.public, LABEL), Prove(signed, ISSUER.public, CHALLENGE)):
        with pytest.raises(CapabilityRefused):
            theatre.run(
                "holder.present",
                (signed, VERIFIER.public, CHALLENGE),
                HolderHandler(theatre.wallet, agreed, None, NOW),
            )


def test_a_credential_for_another_key_is_not_kept(theatre: Theatre) -> None:
    signed = theatre.issue(replace(TICKET, holder=VERIFIER.public))
    with pytest.raises(UsageError):
        theatre.wallet.put(signed, ISSUER.public)
    assert theatre.wallet.all() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"not_after": 2**60}, {"not_before": -1}, {"version": 2}, {"title": "t" * 201}, {"claims": (SEAT, SEAT)},
        {"claims": tuple(Claim(str(number), "") for number in range(33))},
    ],
)  # fmt: skip
def test_a_credential_that_could_not_be_shown_is_not_kept(theatre: Theatre, changes: dict[str, Any]) -> None:
    signed = cose.sign1(encode(Credential(replace(TICKET, **changes), 0)), CREDENTIAL, ISSUER)
    with pytest.raises(PeerDeviated):
        theatre.wallet.put(signed, ISSUER.public)
    assert theatre.wallet.all() == []


def test_a_credential_that_says_something_twice_proves_neither(theatre: Theatre) -> None:
    doubled = replace(TICKET, claims=(Claim("seat", "1 A"), SEAT))
    signed = cose.sign1(encode(Credential(doubled, 0)), CREDENTIAL, ISSUER)
    proof = Presentation(sha256(signed).digest(), VERIFIER.public, CHALLENGE)
    shown = encode(Shown(signed, cose.sign1(encode(proof), PRESENTATION, HOLDER)))
    assert why(theatre.verify("check", shown)) == "it says something twice"


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_showing_is_accepted(once: tuple[Theatre, bytes], place: int, bit: int) -> None:
    theatre, shown = once
    changed = bytearray(shown)
    changed[place % len(shown)] ^= 1 << bit
    assert isinstance(theatre.verify("check", bytes(changed)), Declined)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, plain: Run, keys: IssuerKeys) -> tuple[Theatre, bytes]:
    theatre = Theatre(tmp_path_factory.mktemp("theatre"), plain, keys)
    signed = theatre.ticket()
    theatre.learn()
    return theatre, theatre.show(signed)


# --- anonymous


def test_an_anonymous_token_is_redeemed_once(either: Theatre) -> None:
    one, other = either.tokens(2)
    assert either.redeem_token(one, b"order 7") == either.redeem_token(one, b"order 7") == Accepted()
    assert why(either.redeem_token(one, b"order 8")) == "it was redeemed before"
    assert either.redeem_token(other, b"order 8") == Accepted()


def test_the_issuer_sees_nothing_of_the_token_it_signs(theatre: Theatre) -> None:
    blinded = theatre.want()
    (token,) = theatre.tokens(1)
    found = Token.decode(token)
    seen = blinded[0]
    assert found.message not in seen and found.signature not in seen


def test_a_request_for_tokens_is_signed_once(theatre: Theatre) -> None:
    first, second = theatre.want(), theatre.want()
    assert theatre.sign(first, b"order") == theatre.sign(first, b"order")
    with pytest.raises(CapabilityRefused):
        theatre.sign(second, b"order")


def test_a_false_signature_makes_no_token(theatre: Theatre) -> None:
    with pytest.raises(SemperError):
        theatre.take(theatre.want(), [bytes(256)])
    with pytest.raises(SemperError):
        theatre.take([b"not ours"], [bytes(256)])
    assert theatre.wallet.tokens("reader") == []


def test_a_token_of_another_kind_key_or_time_is_declined(theatre: Theatre) -> None:
    (token,) = theatre.tokens(1)
    found = Token.decode(token)
    for changed in (
        replace(found, kind="writer"), replace(found, key=bytes(32)), replace(found, version=2),
        replace(found, message=bytes(64)), replace(found, signature=bytes(256)),
    ):  # fmt: skip
        assert why(theatre.redeem_token(encode(changed), b"use"))
    assert why(theatre.redeem_token(token, b"use", now=NOW + YEAR))
    assert why(theatre.redeem_token(b"junk", b"use"))


def test_a_used_token_does_not_come_back(theatre: Theatre) -> None:
    blinded = theatre.want()
    signed = theatre.sign(blinded, b"order")
    assert theatre.take(blinded, signed) == 1
    token = theatre.wallet.draw("reader")
    assert token is not None and theatre.wallet.drawn("reader") == token
    assert theatre.take(blinded, signed) == 1
    assert theatre.wallet.tokens("reader") == [] and theatre.wallet.draw("reader") is None


def test_two_processes_never_draw_the_same_token(theatre: Theatre, tmp_path: Path) -> None:
    theatre.tokens(4)
    other = Wallet(Archive.open(tmp_path / "holder.db", bytes(32)), b"wallet".ljust(32), lambda _: None)
    with ThreadPoolExecutor(2) as pool:
        drawn = [*pool.map(lambda number: (other, theatre.wallet)[number % 2].draw("reader"), range(6))]
    assert len(set(drawn)) == 5 and drawn.count(None) == 2


def test_a_token_of_one_kind_is_not_drawn_as_another(theatre: Theatre) -> None:
    (token,) = theatre.tokens(1)
    archive, deeper = theatre.wallet.archive, replace(Token.decode(token), kind="reader/silver")
    archive.commit(lambda tx: archive.keep(tx, b"wallet-tokens", "reader/silver/ab", encode(deeper)))
    assert theatre.wallet.tokens("reader") == [token] and theatre.wallet.tokens("reader/silver") == [encode(deeper)]


def test_a_signature_that_is_given_twice_counts_once(theatre: Theatre) -> None:
    blinded = theatre.want()
    assert theatre.take(blinded * 2, theatre.sign(blinded, b"order") * 2) == 1


# --- as an item


@pytest.fixture
def manager(bundle: Callable[[str], ModuleType]) -> Any:
    return bundle("items/credential/manager.py")


@pytest.mark.parametrize("kind", ["ticket", "membership", "access", "season"])
def test_a_listed_credential_is_revocable_and_generatable(manager: Any, kind: str) -> None:
    assert manager.traits(Item("credential", kind)) == ItemTraits(generatable=True, revocable=True)


@pytest.mark.parametrize("kind", ["receipt", "anonymous"])
def test_receipts_and_anonymous_tokens_are_final(manager: Any, kind: str) -> None:
    assert manager.traits(Item("credential", kind)) == ItemTraits(generatable=True, revocable=False)


def test_another_familys_item_promises_nothing(manager: Any) -> None:
    assert manager.traits(Item("money", "ticket")) == ItemTraits(generatable=False, revocable=False)


def test_the_item_is_named_by_what_it_says(manager: Any) -> None:
    body = encode(TICKET)
    item = manager.commit(Item("credential", "ticket"), body)
    assert item == Item("credential", "ticket", sha256(body).digest(), None, TICKET.title)
    assert manager.verify(item, body) == manager.fits(item, item) == Accepted()
    assert manager.release(item, b"signed") == b"signed"
    assert why(manager.verify(item, encode(replace(TICKET, title="Macbeth"))))
    assert why(manager.commit(Item("credential", "membership"), body))
    assert why(manager.commit(item, encode([1])))
    assert decode(body)


def test_a_credential_in_no_status_list_cannot_be_revoked_and_needs_no_list(either: Theatre) -> None:
    signed = either.ticket(status="")
    assert either.verify("redeem", either.show(signed)) == Accepted()
    again = either.show(signed, challenge=b"another".ljust(32))
    assert "redeemed before" in why(either.verify("redeem", again, challenge=b"another".ljust(32)))
    assert "for good" in why(either.revoke(signed))
    other = either.issue(replace(TICKET, status=""), b"order 2", LABEL)  # another one: it is used up by itself
    either.wallet.put(other, ISSUER.public)
    assert either.verify("redeem", either.show(other)) == Accepted()
