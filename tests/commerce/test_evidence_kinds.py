"""Evidence of every kind of exchange proves what each side has, shows any changed byte, and convicts nobody honest."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.evidence_proved import Verified
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.archive.evidence import Exhibit
from tests.commerce.evidence_world import chained
from tests.commerce.recorded import SALT, SIDES, Recorded, told, verified
from tests.protocol.world import every_kind, missing


def well(world: Recorded) -> None:
    """Nothing is lost."""
    world.begin()
    world.finish()


def lost(*numbers: int) -> Callable[[Recorded], None]:
    """Messages are lost, so that the trustee has to decide."""

    def run(world: Recorded) -> None:
        world.drop(*numbers)
        world.begin()
        world.finish()

    return run


COURSES: dict[str, Callable[[Recorded], None]] = {
    "done": well, "never answered": lost(1), "aborted": lost(2), "resolved by the buyer": lost(3),
    "resolved by the seller": lost(4),
}  # fmt: skip
KINDS = tuple(every_kind())


@cache
def course(kind: str, name: str) -> Recorded:
    world = Recorded(kind)
    COURSES[name](world)
    return world


@cache
def files(kind: str, name: str) -> dict[str, Verified]:
    return {side: verified(record) for side, record in course(kind, name).records.items()}


@pytest.mark.parametrize("name", list(COURSES))
@pytest.mark.parametrize("kind", KINDS)
def test_either_record_proves_how_the_exchange_ended_and_what_its_exporter_has(kind: str, name: str) -> None:
    world = course(kind, name)
    for side, mine in (("seller", world.a), ("buyer", world.b)):
        (step,) = files(kind, name)[side].steps or (None,)
        if step is None:
            assert name == "never answered" and side == "buyer"
            continue
        ended = mine.finished.outcome if mine.finished is not None else "open"
        assert step.outcome in (ended, "open" if mine.state.m2 is None and side == "buyer" else ended)
        assert missing(world, mine) == []
        for item in step.items:
            if item.taker == side:
                assert item.had == (ended == "done"), item
        assert step.contradictions == () and not step.escrow_false
        assert files(kind, name)[side].deviations == ()


@pytest.mark.parametrize("kind", KINDS)
def test_the_outcome_of_a_record_is_that_of_its_deal(kind: str) -> None:
    ends = {name: {side: each.outcome.end for side, each in files(kind, name).items()} for name in COURSES}
    assert ends["done"] == ends["resolved by the seller"] == {"seller": "sold", "buyer": "sold"}
    assert ends["aborted"]["seller"] == "none"
    assert ends["never answered"] == {"seller": "none", "buyer": ""}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", ["done", "resolved by the buyer", "resolved by the seller", "aborted"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_byte_of_any_message_or_record_is_found_and_located(kind: str, name: str, side: str) -> None:
    """Also where the exporter makes all links of its chain anew, as it can: what others signed it can't change."""
    record, chance = course(kind, name).records[side], random.Random(kind + name + side)
    for at in range(2, len(record.exhibits)):
        message = record.exhibits[at].message or b""
        for place in sorted({0, len(message) - 1, *(chance.randrange(len(message)) for _ in range(4))}):
            changed = bytearray(message)
            changed[place] ^= 1 << chance.randrange(8)
            shown = list(record.exhibits)
            shown[at] = Exhibit(shown[at].evidence, bytes(changed), shown[at].salt)
            with pytest.raises(PeerDeviated, match=f"exhibit {at + 1} ") as unlinked:
                told(record, shown)
            assert "its message was changed" in unlinked.value.message
            with pytest.raises(PeerDeviated, match=rf"exhibit {at + 1} \(.*\(bytes") as refused:
                told(record, chained(shown))
            assert refused.value.code == "EVIDENCE_INVALID"


@pytest.mark.parametrize("every", [31, pytest.param(1, marks=pytest.mark.deep)])
@pytest.mark.parametrize("kind", KINDS)
def test_no_byte_of_a_record_can_be_changed_by_its_exporter(kind: str, every: int) -> None:
    record = course(kind, "resolved by the seller").records["seller"]
    for at in range(2, len(record.exhibits)):
        message = record.exhibits[at].message or b""
        for place in range(0, len(message), every):
            changed = message[:place] + bytes((message[place] ^ 1 << place % 8,)) + message[place + 1 :]
            shown = [*record.exhibits[:at], Exhibit(record.exhibits[at].evidence, changed, SALT)]
            with pytest.raises(PeerDeviated, match=rf"exhibit {at + 1} \("):
                told(record, chained([*shown, *record.exhibits[at + 1 :]]))


def prefixes(kind: str, name: str, side: str) -> Iterator[Verified]:
    """What the side can export: its record up to any place."""
    record = course(kind, name).records[side]
    for end in range(2, len(record.exhibits) + 1):
        yield verified(record, record.exhibits[:end])


def claims() -> Iterator[Claim]:
    for kind in ClaimKind:
        for side in SIDES:
            yield Claim(side, kind)


@pytest.mark.parametrize("name", list(COURSES))
@pytest.mark.parametrize("kind", KINDS)
def test_no_claim_convicts_anybody_where_all_were_honest_whatever_is_left_out(kind: str, name: str) -> None:
    every = {side: list(prefixes(kind, name, side)) for side in SIDES}
    shown = [[each] for side in SIDES for each in every[side]]
    shown += [[one, every["buyer"][-1]] for one in every["seller"]]
    shown += [[every["seller"][-1], other] for other in every["buyer"]]
    for given in shown:
        for claim in claims():
            verdict = judge(given, claim)
            assert verdict.deviated == "", (claim, verdict)


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_is_in_the_record_and_answers_the_claim(kind: str) -> None:
    for name in ("done", "resolved by the seller"):
        both = list(files(kind, name).values())
        for item in both[0].steps[0].items:
            about = ClaimKind.NOT_PAID if item.amount is not None else ClaimKind.NOT_DELIVERED
            assert judge(both, Claim(item.taker, about)).decided, (name, item)
    for claim in claims():
        if claim.kind in (ClaimKind.NOT_PAID, ClaimKind.NOT_DELIVERED):
            verdict = judge(list(files(kind, "aborted").values()), claim)
            assert verdict.decided or "no such step" in verdict.why, verdict


def test_strange_bytes_in_any_role_are_refused_in_order() -> None:
    record = course("package", "resolved by the seller").records["seller"]
    for at in range(2, len(record.exhibits)):
        for junk in (b"", b"\x00", b"junk" * 9):
            shown = list(record.exhibits)
            shown[at] = Exhibit(shown[at].evidence, junk, shown[at].salt)
            with pytest.raises(SemperError, match=f"exhibit {at + 1} "):
                told(record, chained(shown))
