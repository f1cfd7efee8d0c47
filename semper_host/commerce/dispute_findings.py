"""What the evidence of one step says of one claim: the same reasoning for every kind of exchange. Pure.

the wanted item is false, or its escrow is         its giver deviated: its own signature, or the trustee's, says so
every wanted item is in the record, or can be had  nobody
nothing of the claimant's is gone                  nobody: nothing is owed
else                                               undecidable, and what would decide it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from semper_host.commerce.evidence_proved import OPEN, PAID, ItemProved, StepProved

NOBODY = ""
_FALSE, _REVOKED, _RECEIPT = "content false", "revoked", "no receipt"


@dataclass(frozen=True)
class Verdict:
    """`deviated`: buyer, seller, bank, issuer, trustee or NOBODY, also where not `decided`; `why` is for people."""

    decided: bool
    deviated: str
    why: str


class Heard(NamedTuple):
    """One claim about one step: who claims, the step as all files prove it, what is missed, whose files there are."""

    by: str
    step: StepProved
    wanted: tuple[ItemProved, ...]
    files: tuple[str, ...]

    @property
    def own(self) -> tuple[ItemProved, ...]:
        """What the claimant gives in this step."""
        return tuple(item for item in self.step.items if item.giver == self.by)


def undecidable(why: str) -> Verdict:
    """Return the verdict of who cannot know."""
    return Verdict(False, NOBODY, f"undecidable: {why}")


def find(heard: Heard, claim: str) -> Verdict:
    """Return what the evidence says of a claim (a `ClaimKind`) about one step."""
    if claim == _RECEIPT:
        return _no_receipt(heard)
    if claim == _REVOKED:
        return _revoked(heard)
    blamed = _false(heard)
    if blamed is not None:
        return blamed
    if claim == _FALSE:
        return undecidable("the record holds nothing that is not what was promised")
    missing = [item for item in heard.wanted if not item.had]
    if not missing:
        return Verdict(True, NOBODY, _where(heard.wanted[0]))
    if not heard.own:
        return undecidable(f"nothing is shown to have been handed over in step {heard.step.name}, and nothing for it")
    if heard.step.fair != "strong":
        return _not_returned(heard, missing[0])
    return _missing(heard, missing[0])


def _false(heard: Heard) -> Verdict | None:
    step = heard.step
    if step.escrow_false:
        by = step.initiator
        return Verdict(True, by, f"the trustee found that the {by}'s escrow does not hold what it promises")
    for item in heard.wanted:
        if item.false and item.form == "information":
            why = f"the {item.giver}'s own keys do not open what it gave to what it promised"
            return Verdict(True, item.giver, why)
        if item.false:
            why = f"what the {item.giver} gave is not what it promised, by its own signature"
            return Verdict(True, item.giver, why)
    return None


def _missing(heard: Heard, item: ItemProved) -> Verdict:
    """An item did not come, in a strongly fair exchange."""
    step, own = heard.step, heard.own
    lost = [each for each in own if each.had]
    if not lost:
        return _nothing_lost(heard, item)
    if step.outcome == OPEN and not step.verdicts and item.ended == "":
        return _unsettled(heard)
    if "aborted" in step.verdicts and any(number == 3 for number, _ in step.messages):
        why = f"the {step.initiator} gave, and the trustee says that it had asked to abort; the trustee must show that"
        return undecidable(f"{why} request")
    if item.gone:
        return undecidable(_went_back(item))
    if any(each.ended in PAID for each in lost):
        return undecidable(
            f"the money was paid and no {_noun(item)} is shown; the payment system must show by what right"
        )
    return undecidable(
        f"what the {heard.by} gave is shown, and no {_noun(item)} for it; the trustee decides such a case"
    )


def _nothing_lost(heard: Heard, item: ItemProved) -> Verdict:
    """Nothing of the claimant's is shown to be gone: then nothing is owed, if that is all there is to show."""
    own, step = heard.own, heard.step
    if any(each.gone for each in own):
        return Verdict(True, NOBODY, f"what the {heard.by} gave went back to it: nothing was owed for it")
    if any(each.promised and each.amount is not None for each in own) and step.outcome == OPEN:
        return undecidable(f"the exchange is not over: the trustee resolves it until second {step.t_resolve}")
    if heard.by in heard.files:
        nothing = f"the {heard.by} gave no {' or '.join(_noun(each) for each in own)}, by its own record"
        gone = f"the money went back, and {nothing}" if item.ended in ("voided", "never held") else nothing
        return Verdict(True, NOBODY, f"{gone}: nothing was owed")
    return undecidable(f"the record does not show that the {heard.by} gave anything; its own evidence may say more")


def _unsettled(heard: Heard) -> Verdict:
    """Whoever gave can have the trustee complete the exchange until t_resolve."""
    return undecidable(f"the exchange is not over: the trustee resolves it until second {heard.step.t_resolve}")


def _went_back(item: ItemProved) -> str:
    if item.amount is None:
        return "the credential was revoked; its issuer must show by whose decision"
    if item.given:
        return f"the {item.giver} granted the money, and it went back before it was collected"
    return f"what the {item.taker} gave is shown and the money went back; who came late is not in the record"


def _revoked(heard: Heard) -> Verdict:
    """A credential that was paid for must not be revoked; its issuer's own words are compared before."""
    revoked = [item for item in heard.wanted if item.ended == "revoked"]
    if not revoked:
        if all(item.ended == "final" for item in heard.wanted):
            return Verdict(True, NOBODY, "the issuer signed that nobody can revoke it, and no revocation is shown")
        return undecidable("the record does not show that it was revoked; bring what the issuer signed")
    if not any(each.had for each in heard.own):
        return _nothing_lost(heard, revoked[0])
    if "resolved" in heard.step.verdicts:
        why = (
            "the trustee decided that the credential is given, and its issuer revoked it; the issuer must show another"
        )
        return undecidable(f"{why} decision, or answer for it")
    return undecidable(_went_back(revoked[0]))


def _not_returned(heard: Heard, item: ItemProved) -> Verdict:
    """In two transfers nobody completes what stops midway: an arbiter weighs what was signed."""
    given = [each for each in heard.own if each.given]
    if item.given:  # so it is money that was handed over, and went back
        return undecidable(_went_back(item))
    if not given:
        return _nothing_lost(heard, item)
    if heard.step.fair == "none":
        return undecidable("the terms ask for no fairness here: whoever gives first, gives at its own risk")
    if any(each.receipted for each in given):
        giver, by = item.giver, heard.by
        return Verdict(
            True, giver, f"the {giver} signed that it has what the {by} gave, and gave no {_noun(item)} for it"
        )
    return undecidable(
        f"the {heard.by} shows what it gave, and no receipt: that it came is unproved; an arbiter weighs the affidavit"
    )


def _no_receipt(heard: Heard) -> Verdict:
    """Who took something signs that it came; only its own file or word can show that it took it."""
    if all(item.receipted for item in heard.wanted):
        return Verdict(True, NOBODY, "the receipt stands in the record")
    missing = next(item for item in heard.wanted if not item.receipted)
    if not missing.given:
        return Verdict(True, NOBODY, f"the {heard.by} gave nothing that a receipt was owed for")
    return undecidable(f"the record does not show that the {missing.taker} took it; bring its evidence")


def _where(item: ItemProved) -> str:
    """Say where the record shows that an item is had."""
    if item.ended in PAID:
        return f"the money was {item.ended} for the {item.taker}, as the payment system signed"
    if item.ended == "final":
        return f"the credential is the {item.taker}'s for good, as its issuer signed"
    if item.given:
        return _GIVEN.get(item.form, "it stands in the record, signed by the {giver}").format(giver=item.giver)
    if item.form in ("information", "access"):
        return f"the key was handed over, sealed to the {item.taker}, when the trustee resolved the exchange"
    return f"the trustee's signature stands in for the {item.giver}'s"


def _noun(item: ItemProved) -> str:
    return _NOUNS.get(item.form, item.form)


_NOUNS = {"information": "key", "access": "credential", "held": "money", "presentation": "credential shown"}
_GIVEN = {
    "information": "the key was released: it stands in the record and fits the hash signed before",
    "access": "the credential was given: it stands in the record, signed by its issuer",
    "held": "the {giver} granted the right to capture: it stands in the record, to be used",
}
