"""What evidence proves of transfers and decisions, and whom it convicts that signs two things about one of them."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.commerce.deal_state import outcome
from semper_host.commerce.dispatch import EXCHANGE
from semper_host.commerce.dispute import NOBODY, Claim, ClaimKind, judge
from semper_host.commerce.events import Choose, Send
from semper_host.commerce.evidence_file import Verified
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.step_messages import What, message, sign_choice, sign_late
from semper_host.exchange import transfer as transfers
from semper_host.host import home as homes
from semper_host.host.deals import Deals
from semper_host.model.errors import SemperError
from tests.commerce.evidence_world import Fair, Party
from tests.host.marketplace import PASSPHRASE
from tests.host.postal import by_post

GOODS = b"a parcel's number: 4711"
SIDES = ("buyer", "seller")


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Fair:
    return Fair(tmp_path_factory.mktemp("post"), by_post)


@pytest.fixture
def sides(fair: Fair) -> Iterator[tuple[Party, Party]]:
    """Buyer and seller of a deal that is agreed and paid today, whatever the clock showed before."""
    fair.clock.now = int(time.time())
    buyer, seller = fair.begin()
    move(fair, buyer, seller)
    assert buyer.deal.state.place == seller.deal.state.place == "ship"
    yield buyer, seller


def move(fair: Fair, buyer: Party, seller: Party, turns: int = 8) -> None:
    """Carry mail to and fro until nothing moves, without any time passing."""
    for _ in range(turns):
        for one, other in ((seller, buyer), (buyer, seller)):
            one.deals.work(one.deal)
            if one.home.archive.outbox(one.deal.business.ends.session):
                fair.post(one, other)


def give(fair: Fair, one: Party, other: Party, item: bytes | None = GOODS) -> None:
    one.deals.steps.give(one.deal, item)
    move(fair, one, other)


def decide(fair: Fair, one: Party, other: Party, choice: str) -> None:
    one.deals.steps.decide(one.deal, choice)
    move(fair, one, other)


def wait(fair: Fair, buyer: Party, seller: Party, seconds: int) -> None:
    fair.clock.now += seconds
    move(fair, buyer, seller)


def says(fair: Fair, one: Party, other: Party, step: str, what: What, body: bytes = b"") -> None:
    """A party with real keys sends, and records, what its host would never send."""
    live, send = one.deal, Send(step, message(what, body))
    one.home.archive.commit(lambda tx: one.deals.record._send(tx, live, live.state, send, EXCHANGE))
    live.reach(one.deals.record.fold(live))
    move(fair, one, other)


def proved(fair: Fair, *parties: Party) -> list[Verified]:
    return [fair.verify(fair.export(party)) for party in parties]


def plan_of(party: Party, step: str) -> tuple[Plan, StepSpec]:
    plan = party.deal.business.plan
    return plan, plan.automaton.step(step)


def late(party: Party, fair: Fair, step: str) -> bytes:
    return sign_late(*plan_of(party, step), fair.clock())


def convicted(files: list[Verified]) -> set[str]:
    """Whom any of these files, alone or together, convicts."""
    claims = [Claim(side, kind) for side in ("buyer", "seller") for kind in ClaimKind]
    verdicts = [judge(some, claim) for some in ([files[0]], [files[1]], files) for claim in claims]
    return {verdict.deviated for verdict in verdicts if verdict.decided} - {NOBODY, ""}


def steps(file: Verified) -> list[tuple[str, str]]:
    return [(step.name, step.outcome) for step in file.steps][2:]


def test_every_way_through_the_terms_is_proved_by_both_sides_alike(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    decide(fair, buyer, seller, "unsatisfied")
    give(fair, buyer, seller, None)
    decide(fair, seller, buyer, "approve")
    files = proved(fair, buyer, seller)
    for file, party in zip(files, sides, strict=True):
        assert steps(file) == [
            ("ship", "ok"), ("inspect", "unsatisfied"), ("returns", "ok"), ("approve", "approve"), ("credit", "ok")
        ]  # fmt: skip
        assert file.outcome == outcome(party.deal.business.plan, party.deal.state)
        assert file.deviations == ()
    ship = files[1].steps[2]
    assert (ship.kind, ship.initiator, [number for number, _ in ship.messages]) == ("transfer", "seller", [1, 2])
    assert (ship.items[0].given, ship.items[0].receipted) == (True, True)
    assert [step.label for step in files[0].steps] == [step.label for step in files[1].steps]
    assert convicted(files) == set()


def test_what_was_never_given_is_late_by_the_receivers_signature(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    wait(fair, buyer, seller, 3601)  # the seller may still have been with the trustee when the buyer was done
    assert buyer.deal.state.place == "ship"
    wait(fair, buyer, seller, 240)
    files = proved(fair, buyer, seller)
    for file, party in zip(files, sides, strict=True):
        assert steps(file) == [("ship", "late")]
        assert file.outcome.end == party.deal.state.place.removeprefix("END.") == "unsent"
    assert convicted(files) == set()


def test_silence_is_closed_by_who_acted_and_proved_by_its_own_record(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    seller.deals.steps.give(seller.deal, GOODS)
    seller.deals.work(seller.deal)
    fair.clock.now += 3 * 3600
    seller.deals.work(seller.deal)
    assert seller.deal.state.place == "END.unsent"
    move(fair, buyer, seller)  # the parcel, overdue, goes out void; then the buyer hears that the step is closed
    files = proved(fair, buyer, seller)
    assert [steps(file) for file in files] == [[("ship", "late")]] * 2
    assert any("took the silence of the buyer for late" in line for line in files[1].lines)
    assert convicted(files) == set()


def test_late_signed_after_the_receipt_convicts_who_signed_both(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    says(fair, buyer, seller, "ship", What.LATE, late(buyer, fair, "ship"))
    (file,) = proved(fair, seller)
    assert file.steps[2].outcome == "ok"
    assert file.steps[2].contradictions == ("buyer",)
    assert [deviation.by for deviation in file.deviations] == ["buyer"]
    verdict = judge([file], Claim("seller", ClaimKind.NO_RECEIPT))
    assert (verdict.decided, verdict.deviated) == (True, "buyer")


def test_a_receipt_signed_after_late_convicts_too_and_counts(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    seller.deals.steps.give(seller.deal, GOODS)
    seller.deals.work(seller.deal)  # the parcel is on its way
    says(fair, buyer, seller, "ship", What.LATE, late(buyer, fair, "ship"))
    move(fair, buyer, seller)
    assert seller.deal.state.past[-1].outcome == "ok"
    (file,) = proved(fair, seller)
    assert file.steps[2].outcome == "ok"
    assert file.steps[2].contradictions == ("buyer",)


def test_a_second_parcel_convicts_its_sender(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    plan, spec = plan_of(seller, "ship")
    says(fair, seller, buyer, "ship", What.PARCEL, transfers.give(plan.transfer(spec), plan.crypto, b"another"))
    (file,) = proved(fair, buyer)
    assert file.steps[2].contradictions == ("seller",)
    assert buyer.deal.state.place == "inspect"


def test_a_changed_choice_convicts_who_signed_both(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    decide(fair, buyer, seller, "satisfied")
    says(fair, buyer, seller, "inspect", What.CHOICE, sign_choice(*plan_of(buyer, "inspect"), "unsatisfied"))
    (file,) = proved(fair, seller)
    assert file.steps[3].outcome == "satisfied"
    assert file.steps[3].contradictions == ("buyer",)


def test_one_thing_to_each_side_convicts_from_both_files_together(
    fair: Fair, sides: tuple[Party, Party], tmp_path: Path
) -> None:
    """The seller holds the buyer's receipt; in the record that the buyer shows, nothing ever came."""
    buyer, seller = sides
    shutil.copytree(buyer.home.path, tmp_path / "copy")
    give(fair, seller, buyer)
    (honest,) = proved(fair, seller)
    fair.clock.now += 2 * 3600
    home = homes.open_home(tmp_path / "copy", PASSPHRASE)
    forked = Deals(home, fair.perform, fair.clock)
    live = forked.find(buyer.deal.id)
    forked.work(live)
    (feigned,) = proved(fair, Party(home, forked, live))
    home.close()
    assert (steps(feigned), steps(honest)[0]) == ([("ship", "late")], ("ship", "ok"))
    assert judge([honest], Claim("seller", ClaimKind.NO_RECEIPT)).deviated == NOBODY
    verdict = judge([honest, feigned], Claim("seller", ClaimKind.NO_RECEIPT))
    assert (verdict.decided, verdict.deviated) == (True, "buyer")


def test_nobody_decides_for_the_other_side(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    says(fair, seller, buyer, "inspect", What.CHOICE, sign_choice(*plan_of(seller, "inspect"), "satisfied"))
    assert buyer.deal.state.place == "inspect"
    decide(fair, buyer, seller, "unsatisfied")
    (file,) = proved(fair, buyer)
    assert steps(file)[1] == ("inspect", "unsatisfied")
    assert [deviation.by for deviation in file.deviations] == ["seller"]
    with pytest.raises(SemperError, match="the other side's to send"):
        proved(fair, seller)  # its own record shows that it tried


def test_a_choice_called_late_is_told_by_the_record_of_who_made_it(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    buyer.deals.steps.decide(buyer.deal, "unsatisfied")
    buyer.deals.work(buyer.deal)
    wait(fair, buyer, seller, 86_400 + 600)
    files = proved(fair, buyer, seller)
    for file, party in zip(files, sides, strict=True):
        assert steps(file)[1] == ("inspect", "late")
        assert file.outcome == outcome(party.deal.business.plan, party.deal.state)
    assert "came too late" in getattr(files[0].outcome, "why", "")
    assert convicted(files) == set()


def test_any_changed_byte_of_a_transfer_or_decision_is_found(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    decide(fair, buyer, seller, "satisfied")
    data = fair.export(seller)
    for at in range(0, len(data), 97):
        with pytest.raises(SemperError) as caught:
            fair.verify(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert caught.value.message.startswith("cannot")


def test_the_homes_keep_what_came(fair: Fair, sides: tuple[Party, Party], tmp_path: Path) -> None:
    buyer, seller = sides
    give(fair, seller, buyer)
    (found,) = (buyer.home.path / "received").glob(f"{buyer.deal.id.hex()[:16]}/*")
    assert (found.name, found.read_bytes(), found.stat().st_mode & 0o777) == ("ship", GOODS, 0o600)


def test_what_cannot_be_kept_is_kept_later(fair: Fair, sides: tuple[Party, Party]) -> None:
    buyer, seller = sides
    place = buyer.home.path / "received"
    aside = place.rename(place.with_name("aside")) if place.exists() else None
    place.write_bytes(b"no folder")
    give(fair, seller, buyer)
    assert "STORAGE_FULL: cannot keep what came in step ship" in buyer.deal.trouble
    assert buyer.deal.state.past[-1].outcome == "ok"
    place.unlink()
    if aside is not None:
        aside.rename(place)
    for owed in buyer.deal.todo.values():
        owed.at = 0
    buyer.deals.work(buyer.deal)
    assert (place / buyer.deal.id.hex()[:16] / "ship").read_bytes() == GOODS


# --- a side that sends whatever its keys can sign, at any time


def lies(fair: Fair, liar: Party, step: str) -> list[tuple[What, bytes]]:
    """All that a side can sign for a step, and some that it can't."""
    plan, spec = plan_of(liar, step)
    made = [(What.LATE, late(liar, fair, step)), (What.CLOSED, b"late"), (What.CLOSED, b"ok"), (What.LEARNT, b"")]
    made += [(What.RECEIVED, b""), (What.RECEIVED, b"junk"), (What.PARCEL, b"junk"), (What.CHOICE, b"junk")]
    if spec.form == "transfer":
        transfer = plan.transfer(spec)
        free = spec.gives and not transfer.item.digest
        items = (b"one", b"two") if free else ()
        made += [(What.PARCEL, transfers.give(transfer, plan.crypto, item)) for item in items]
    else:
        made += [(What.CHOICE, sign_choice(plan, spec, choice)) for choice in (*spec.outcomes, "perhaps")]
    return made


def play(fair: Fair, honest: Party, liar: Party, chance: random.Random) -> None:
    """The honest side does what its person wants; the other one sends at random, and sometimes what it should."""
    buyer, seller = (honest, liar) if honest.deal.side == "buyer" else (liar, honest)
    for _ in range(14):
        for party in (honest, liar):
            wanted = party.deals.steps.wanted(party.deal)
            if wanted is not None and wanted.step != "credit" and chance.random() < 0.6:
                if isinstance(wanted, Choose):
                    party.deals.steps.decide(party.deal, chance.choice(wanted.choices))
                else:
                    party.deals.steps.give(party.deal, GOODS)
        if chance.random() < 0.6:
            step = chance.choice(list(liar.deal.business.plan.automaton.specs)[2:])
            says(fair, liar, honest, step, *chance.choice(lies(fair, liar, step)))
        if chance.random() < 0.3:
            fair.clock.now += chance.choice([60, 3600, 86_400])
        move(fair, buyer, seller, turns=2)
    for _ in range(12):
        wait(fair, buyer, seller, 90_000)


@pytest.mark.parametrize("honest", ["buyer", "seller"])
@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(4, 40))])
def test_whatever_a_peer_signs_an_honest_side_ends_and_its_evidence_holds(
    fair: Fair, sides: tuple[Party, Party], honest: str, seed: int
) -> None:
    buyer, seller = sides
    one, other = (buyer, seller) if honest == "buyer" else (seller, buyer)
    play(fair, one, other, random.Random(f"{honest} {seed}"))
    assert one.deal.state.place.startswith("END."), (one.deal.state.place, one.deal.trouble)
    (file,) = proved(fair, one)
    assert file.outcome.end == one.deal.state.place.removeprefix("END.")
    assert steps(file) == [(past.name, past.outcome) for past in one.deal.state.past][2:]
    for kind in ClaimKind:
        for claimant in SIDES:
            verdict = judge([file], Claim(claimant, kind))
            assert not (verdict.decided and verdict.deviated == honest), verdict
