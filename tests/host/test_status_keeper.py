"""An issuer keeps what it sold: the first word ends it, the right trustee's or the holder's, and nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from semper_host.exchange.items import Token
from semper_host.exchange.requests import ABORTED, RESOLVED
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.host.credentials.issuing import Issuer, sold_under
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.host.issuer_line import IssuerCall, answer
from semper_host.model.credentials import CREDENTIAL, Credential, Described, StatusList
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, UsageError
from semper_host.model.holds import DECISION, Decision
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

NOW, LABEL = 1_800_000_000, b"label".ljust(32)
ISSUER, HOLDER, TRUSTEE, OTHER = (SigningKey.from_seed(name.ljust(32)) for name in (b"i", b"h", b"t", b"o"))
TICKET = Described(1, ISSUER.public, "ticket", "Hamlet", (), HOLDER.public, "sold", NOW - 1, NOW + 900, True)


@pytest.fixture
def keeper(tmp_path: Path) -> StatusKeeper:
    archive = Archive.open(tmp_path / "issuer.db", bytes(32))
    kept = StatusKeeper(archive, ISSUER)
    assert Issuer(archive, ISSUER).allot("sold", b"order") == 0
    kept.pend(LABEL, "sold", 0, TRUSTEE.public)
    kept.pend(LABEL, "sold", 0, TRUSTEE.public)
    return kept


def ticket(label: bytes = LABEL, index: int = 0, said: Described = TICKET) -> bytes:
    return cose.sign1(encode(Credential(said, index, label)), CREDENTIAL, ISSUER)


def decided(verdict: str = ABORTED, label: bytes = LABEL, by: SigningKey = TRUSTEE) -> bytes:
    return cose.sign1(encode(Decision(label, verdict, b"m" * 32)), DECISION, by)


def listed(keeper: StatusKeeper) -> bool:
    """Whether the status list says that the ticket was revoked."""
    signed = Issuer(keeper.archive, ISSUER).status_list("sold", NOW)
    return StatusList.decode(cose.peek(signed).payload).revoked(0)


def said(token: Token) -> StatusEnd:
    return StatusEnd.decode(cose.open1(token.data, token.name, ISSUER.public))


def refused(code: str, keeper: StatusKeeper, **call: bytes) -> None:
    with pytest.raises(SemperError) as caught:
        answer(keeper, IssuerCall(**call), NOW)
    assert caught.value.code == code
    assert keeper.ends(LABEL) == ()


def test_what_is_final_cannot_be_revoked_any_more(keeper: StatusKeeper) -> None:
    final = keeper.make_final(ticket(), NOW)
    assert (final.name, said(final)) == (FINAL, StatusEnd(LABEL, 0, NOW))
    assert keeper.obey(LABEL, decided(), NOW + 5) == (final,) == keeper.ends(LABEL)
    assert keeper.make_final(ticket(), NOW + 9) == final and not listed(keeper)


def test_what_the_trustee_called_off_is_revoked_and_never_final(keeper: StatusKeeper) -> None:
    assert not listed(keeper)  # pending, it stands
    (revoked,) = keeper.obey(LABEL, decided(), NOW)
    assert (revoked.name, said(revoked)) == (REVOKED, StatusEnd(LABEL, 0, NOW))
    assert keeper.make_final(ticket(), NOW + 5) == revoked and listed(keeper)


def test_nobody_but_the_trustee_of_the_exchange_revokes(keeper: StatusKeeper) -> None:
    refused("SIG_INVALID", keeper, label=LABEL, decision=decided(by=OTHER))
    refused("CREDENTIAL_DECLINED", keeper, label=LABEL, decision=decided(RESOLVED))
    refused("CREDENTIAL_DECLINED", keeper, label=LABEL, decision=decided(label=b"other".ljust(32)))
    refused("CREDENTIAL_DECLINED", keeper, label=b"other".ljust(32), decision=decided(label=b"other".ljust(32)))
    with pytest.raises(SemperError) as caught:
        Issuer(keeper.archive, ISSUER).revoke("sold", 0)
    assert caught.value.code == "CREDENTIAL_SOLD" and not listed(keeper)


def test_a_place_is_sold_or_revoked_by_its_issuer_and_never_both_whoever_comes_first(
    keeper: StatusKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another thread or process of the issuer commits in between counts."""
    archive, commit = keeper.archive, keeper.archive.commit
    issuer = Issuer(archive, ISSUER)
    second, third = issuer.allot("sold", b"second"), issuer.allot("sold", b"third")

    def overtaken(by: Callable[[], None]) -> None:
        def interleaved(work: Any) -> Any:
            monkeypatch.setattr(archive, "commit", commit)
            by()
            return commit(work)

        monkeypatch.setattr(archive, "commit", interleaved)

    overtaken(lambda: keeper.pend(LABEL, "sold", second, TRUSTEE.public))
    with pytest.raises(UsageError, match="only the trustee could call that off"):
        issuer.revoke("sold", second)
    overtaken(lambda: issuer.revoke("sold", third))
    with pytest.raises(UsageError, match="revoked before it was sold"):
        keeper.pend(b"other".ljust(32), "sold", third, TRUSTEE.public)
    revoked = StatusList.decode(cose.peek(issuer.status_list("sold", NOW)).payload).revoked
    assert [revoked(each) for each in (0, second, third)] == [False, False, True]
    assert [sold_under(archive, "sold", each) for each in (0, second, third)] == [LABEL, LABEL, None]


def test_of_threads_that_sell_and_revoke_one_place_one_has_its_way(keeper: StatusKeeper) -> None:
    issuer = Issuer(keeper.archive, ISSUER)
    places = [issuer.allot("sold", bytes([number])) for number in range(1, 9)]
    starting = threading.Barrier(2)

    def each_in_turn(act: Callable[[int], None]) -> list[bool]:
        done = []
        for place in places:
            starting.wait(60)
            try:
                act(place)
            except UsageError:
                done.append(False)
            else:
                done.append(True)
        return done

    with ThreadPoolExecutor(2) as pool:
        sold = pool.submit(each_in_turn, lambda place: keeper.pend(LABEL, "sold", place, TRUSTEE.public))
        revoked = pool.submit(each_in_turn, lambda place: issuer.revoke("sold", place))
        assert all(one != other for one, other in zip(sold.result(), revoked.result(), strict=True))


def test_only_what_was_issued_in_an_exchange_is_made_final(keeper: StatusKeeper) -> None:
    refused("CREDENTIAL_DECLINED", keeper, credential=ticket(label=b""))
    refused("CREDENTIAL_DECLINED", keeper, credential=ticket(index=1))
    forged = cose.sign1(encode(Credential(TICKET, 0, LABEL)), CREDENTIAL, OTHER)
    refused("SIG_INVALID", keeper, credential=forged)
    refused("MESSAGE_UNEXPECTED", keeper)
    refused("MESSAGE_UNEXPECTED", keeper, credential=ticket(), label=LABEL, decision=decided())


def test_a_place_is_given_in_one_exchange_alone(keeper: StatusKeeper) -> None:
    with pytest.raises(SemperError, match="given before"):
        keeper.pend(b"another".ljust(32), "sold", 0, TRUSTEE.public)
    refused("CREDENTIAL_DECLINED", keeper, label=b"another".ljust(32), decision=decided(label=b"another".ljust(32)))
