"""What an evaluator should look at though no check can decide it: sentences for people."""

from __future__ import annotations

from semper_host.admission.manifest import DAY, Manifest
from semper_host.commerce.check import Checked
from semper_host.commerce.durations import spoken_duration
from semper_host.model.grants import Capability

MONEY = (Capability.MONEY_PAY, Capability.MONEY_RECEIVE)
_SOON = 30 * DAY


def notices_of(manifest: Manifest, terms: Checked | None, now: int) -> list[str]:
    """Return what people should look at in a bundle that is well formed; none is a reason to refuse by itself."""
    found = [
        f"{asked.capability} is asked for without a most: whatever an offer names could be moved"
        for asked in manifest.requests
        if asked.capability in MONEY and asked.most is None
    ]
    found += [f"{asked.capability} is optional: judge the bundle with and without it"
              for asked in manifest.requests if asked.optional]  # fmt: skip
    if manifest.terms is not None:
        found += _of_terms(manifest, now)
    if terms is not None:
        found += _of_flow(manifest, terms)
    return found


def _of_terms(manifest: Manifest, now: int) -> list[str]:
    assert manifest.terms is not None
    found = []
    if len(manifest.terms.legal) == 1:
        found.append(f"the legal text is in one language only: {next(iter(manifest.terms.legal))}")
    if 0 <= manifest.terms.ends - now < _SOON:
        found.append(f"the terms are valid for {spoken_duration(manifest.terms.ends - now)} more only")
    if now < manifest.terms.begins:
        found.append(f"the terms are not valid yet: they begin in {spoken_duration(manifest.terms.begins - now)}")
    return found


def _of_flow(manifest: Manifest, terms: Checked) -> list[str]:
    found = []
    losable = [risk for risk in terms.risks if risk.can_be_lost]
    if losable:
        named = dict.fromkeys((terms.terms.kind_of(risk.role), risk.step) for risk in losable)
        places = ", ".join(f"the {role} in {step}" for role, step in named)
        found.append(f"something can be lost for good, by {places}")
    asked = {each.capability: each.grant.most for each in manifest.requests}
    pay = asked.get(Capability.MONEY_PAY)
    for most in dict.fromkeys(money for risk in terms.risks for money in risk.most):
        if pay is not None and most.currency == pay.currency and most > pay:
            found.append(f"an offer could ask for {most}, more than the {pay} that money.pay asks for")
    return found
