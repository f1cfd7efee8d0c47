"""Each broken example says in its first line why it is refused; each sound one passes every proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from semper_host.commerce.check import check, prove
from semper_host.commerce.check_deadlock import check_deadlock
from semper_host.commerce.check_knowledge import check_knowledge
from semper_host.commerce.flow import unfold
from semper_host.commerce.localise import localise
from semper_host.commerce.terms import parse_terms

EXAMPLES = Path(__file__).parent / "terms"
BROKEN = sorted(path.stem for path in (EXAMPLES / "broken").glob("*.yaml"))
SOUND = sorted(path.stem for path in (EXAMPLES / "sound").glob("*.yaml"))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_terms_are_refused_with_step_and_reason(library: Any, name: str) -> None:
    text = library.text(f"broken/{name}")
    reason = text.decode().splitlines()[0].removeprefix("# refused: ")
    with library.refuses("TERMS_INVALID", reason):
        check(parse_terms(text))


@pytest.mark.parametrize("name", SOUND)
def test_sound_terms_pass_every_proof(library: Any, name: str) -> None:
    assert check(library.terms(f"sound/{name}")).longest > 0


def test_every_visit_of_a_repeated_step_is_a_place_of_its_own(library: Any) -> None:
    flow = unfold(library.terms("sound/subscription"))
    months = [place for place in flow.places if place.step.name == "month"]
    assert [place.name for place in months] == [f"month#{n}" for n in range(1, 13)]
    assert len({place.iteration for place in months}) == 12
    assert dict(flow.by_name()["renew#12"].then)["renew"] == "END.full"


def test_places_come_after_all_that_lead_to_them(library: Any) -> None:
    for name in SOUND:
        seen: set[str] = set()
        for place in unfold(library.terms(f"sound/{name}")).places:
            assert not seen.intersection(target for _, target in place.then)
            seen.add(place.name)


def test_roles_that_wait_for_each_other_are_a_deadlock(library: Any) -> None:
    """A projection gone wrong: the buyer waits for the purchase while the seller still waits for the contract."""
    flow = unfold(library.terms("courseware"))
    buyer, seller = (localise(flow, role) for role in "BS")
    with library.refuses("TERMS_INVALID", "nobody can go on", "B at pay", "S at agree"):
        check_deadlock(flow, (msgspec.structs.replace(buyer, start="pay"), seller))


def test_roles_that_believe_in_different_ends_are_refused(library: Any) -> None:
    flow = unfold(library.terms("courseware"))
    buyer, seller = (localise(flow, role) for role in "BS")
    misled = msgspec.structs.replace(buyer, moves={**buyer.moves, ("pay", "aborted"): "END.sold"})
    with library.refuses("TERMS_INVALID", "end differently", "B at END.sold", "S at END.none"):
        check_deadlock(flow, (misled, seller))


def test_a_role_that_is_told_nothing_it_needs_is_refused_before_the_product_is_walked(library: Any) -> None:
    flow = unfold(library.terms("broken/untold_beginning"))
    with library.refuses("TERMS_INVALID", "C is not told"):
        check_knowledge(flow, tuple(localise(flow, role) for role in flow.terms.actors))


def test_too_many_ways_are_refused_and_not_followed_for_ever(library: Any) -> None:
    items = "".join(f", i{n}: Thing {n}" for n in range(16))
    steps = "".join(
        f"  s{n}: {{transfer: S>B, give: info.i{n}, within: P1D, then: {{ok: s{n + 1}, late: s{n + 1}}}}}\n"
        for n in range(16)
    )
    held = ", ".join(f"info.i{n} any" for n in range(16))
    text = library.edited(
        "courseware",
        ("  course: ", f"  {items[2:].replace(', ', chr(10) + '  ')}\n  course: "),
        ("done: END.sold", "done: s0"),
        ("\nends:", f"{steps}  s16: {{decide: B, within: P1D, then: {{x: END.sold, late: END.sold}}}}\nends:"),
        ("B: [info.course]", f"B: [info.course, {held}]"),
    )
    with library.refuses("TERMS_INVALID", "too many ways"):
        prove(parse_terms(text))
