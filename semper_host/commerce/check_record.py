"""Whether a deal's record holds all that its terms can make of it: what is longer would stop in the middle."""

from __future__ import annotations

from semper_host.commerce.flow import Flow, Place, unfold
from semper_host.commerce.terms_model import END, Exchange, ItemName, Section, Terms, refuse_terms

MOST_EXHIBITS = 160
"""Links after which a deal's evidence takes no more from the peer: a whole evidence file stays below its limit."""
OPENING_EXHIBITS = 2
"""Hello and agreement."""
_EXCHANGE = 6
"""Links of an exchange: its four messages, the trustee's word, and what convicts the other side."""
_EACH_AMOUNT = 2
"""Links of an amount: the bank's word, and that the other side has it or sends it."""
_EACH_REVOCABLE = 1
"""Links of what the initiator gives and could revoke: its keeper's word that it is final."""
_OTHER = 3
"""Links of a transfer or decision: what is given or chosen, the answer, and that it came too late."""


def exhibits(flow: Flow) -> int:
    """Return the most links that the evidence of an honest side has, on the longest way through `flow`."""
    most: dict[str, int] = {flow.start: OPENING_EXHIBITS}
    for place in flow.places:
        after = most[place.name] + _of(place)
        for _, target in place.then:
            most[target] = max(most.get(target, 0), after)
    return max(links for target, links in most.items() if target.startswith(END))


def check_record(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) where a deal can have more links than its record takes.

    For whoever begins a deal or vouches for terms: a deal that began under such is judged and gone on with.
    """
    most = exhibits(unfold(terms))
    if most > MOST_EXHIBITS:
        refuse_terms(f"a deal can bring {most} exhibits, and its record takes {MOST_EXHIBITS}: let it repeat less")


def _of(place: Place) -> int:
    step = place.step
    if not isinstance(step, Exchange):
        return _OTHER
    amounts = sum(_is_of(item, Section.MONEY) for side in (step.left, step.right) for item in side.given)
    revocable = sum(_is_of(item, Section.MONEY, Section.CREDENTIAL) for item in step.initiator.given)
    return _EXCHANGE + _EACH_AMOUNT * amounts + _EACH_REVOCABLE * revocable


def _is_of(item: ItemName, *sections: Section) -> bool:
    return item.family in sections
