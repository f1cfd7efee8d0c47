"""A merchant's service acts in its deals where its bundle says how: `decide` and `give` of its seller module."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from semper_host.admission.ceiling import runtime_grants
from semper_host.api_v1 import Article, Declined, OfferView, Parameter
from semper_host.commerce.projection import StepSpec
from semper_host.host.business import Business
from semper_host.host.live_deal import LiveDeal
from semper_host.host.sandbox import Sandbox
from semper_host.host.step_effects import Deputy
from semper_host.model.errors import PeerDeviated
from semper_host.model.requests import Request

ROLE = "seller"


@dataclass(frozen=True)
class ServiceDeputy(Deputy):
    """Asks the service under whose terms a deal runs, as it was admitted when the deal began."""

    sandbox: Sandbox
    refuse: Callable[[Request], None]
    left: set[tuple[bytes, str]] = field(default_factory=set)  # steps that the service leaves to people

    def decide(self, live: LiveDeal, spec: StepSpec, choices: tuple[str, ...]) -> str:
        """Ask `seller.decide`. Raises PeerDeviated where it answers what the terms do not leave."""
        choice = self._ask(live, spec, "decide", (spec.step, list(choices)))
        if choice not in (None, "", *choices):
            raise PeerDeviated("ORDER_DECLINED", f"cannot decide step {spec.name}: the service answers {choice[:64]!r}")
        return choice or ""

    def give(self, live: LiveDeal, spec: StepSpec) -> bytes | str:
        """Ask `seller.give`; a service that declines gives its reason."""
        given = self._ask(live, spec, "give", (spec.step, str(spec.gives[0])))
        return given.why if isinstance(given, Declined) else given or b""

    def _ask(self, live: LiveDeal, spec: StepSpec, name: str, more: tuple[Any, ...]) -> Any:
        """Call the entry point if the bundle has it, until it leaves the step to people; None otherwise."""
        business, service = live.business, live.business.service
        if (live.id, spec.name) in self.left:
            return None
        source = service.files.get(service.manifest.entry.get(ROLE, ""), b"")
        if not re.search(rb"^def %s\(" % name.encode(), source, re.MULTILINE):
            return None
        grants = runtime_grants(service.manifest.kind, service.grants)
        arguments = (view_of(business), business.hello.basket.order(), business.agreement.quoted.quote(), *more)
        answer = self.sandbox.run(service, grants, f"{ROLE}.{name}", arguments, self.refuse, deal=business.deal)
        if not answer:
            self.left.add((live.id, spec.name))
        return answer


def view_of(business: Business) -> OfferView:
    """Return a deal's offer as its service sees it."""
    offer = business.offer
    articles = [Article(each.name, each.title, each.price) for each in offer.articles]
    return OfferView(articles, [Parameter(each.name, each.value) for each in offer.parameters])
