"""The admitted bundles of a home, behind the registry's proxies; and what they say of the exchanges of a deal.

Proxies are called through the sandbox with nothing to ask of the host: a hook is answered with values, and the same
question to the same bundle with the same ones. So an answer is remembered while the process lives.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from semper_host.admission.admit import Admitted
from semper_host.api_v1 import Item
from semper_host.commerce.handing import arranged
from semper_host.commerce.plan import Plan, Stake
from semper_host.commerce.terms_model import Exchange
from semper_host.exchange.items import ItemRef
from semper_host.exchange.manager import OPTIMISTIC
from semper_host.host import installed
from semper_host.host.business import Business
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.managed_items import check_items
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import AdmissionRefused, CapabilityRefused, SemperError, UsageError
from semper_host.model.grants import BASELINE
from semper_host.model.requests import Request
from semper_host.registry.bundles import Registry, proxy_for
from semper_host.registry.provided import Provided

MOST_ANSWERS, MOST_ASKED = 1024, 512
"""Answers that are remembered at most; bytes of what was asked about at most, in each."""
_ANSWERS: dict[tuple[Any, ...], Any] = {}
_ANSWERING = Lock()

Managers = tuple[bytes, ...]
"""The archive digests of bundles that manage items."""
MANAGED = ("money", "statement", "credential")
"""The families of items that every exchange of this host relies on."""


def open_registry(home: Home, sandbox: Sandbox, now: int, heads: Heads | None = None) -> Registry:
    """Return the registry of all bundles that this home has and still admits; what is refused now is left out.

    With `heads`, repositories are asked where what is known of them is too old.
    """
    registry = Registry()
    for name in installed.ids(home):
        try:
            bundle = installed.admit_pack(home, installed.pack_of(home, installed.current(home, name)), now, heads)
        except SemperError:
            continue
        registry.register(proxy_for(_provided(bundle), _caller(sandbox, bundle)))
    return registry


def check_exchanges(registry: Registry, business: Business) -> Managers:
    """Require that the item managers find every exchange of the deal as fair as its terms ask, in the order they give,
    and every item to be what it is called; return the digests of the managers that find so.

    Raises AdmissionRefused FAIRNESS_UNATTAINABLE, also where no admitted bundle manages an item; PeerDeviated
    ITEM_REFUSED.
    """
    _check_arranged(registry, business.plan, business.beginning.at + business.checked.longest)
    check_items(registry, business)
    families = {str(item.family) for stake in business.plan.stakes.values() for item in stake.items}
    return tuple(manager.digest for manager in registry.managers(families))


def _check_arranged(registry: Registry, plan: Plan, latest: int) -> None:
    terms = plan.automaton.bound.terms
    specs = {spec.item: spec for spec in terms.items}
    for spec in plan.automaton.specs.values():
        step = terms.step(spec.step)
        if not isinstance(step, Exchange):
            continue
        _check_managed(registry, plan.stakes[spec.step])
        chosen = arranged(step, specs, registry.item_traits, t_resolve=latest)
        if spec.protocol == OPTIMISTIC and (chosen.kind, chosen.first) != (spec.kind, step.first):
            raise AdmissionRefused(
                "FAIRNESS_UNATTAINABLE",
                f"cannot run step {spec.step} as {spec.kind}: the item managers of this home would run it as"
                f" {chosen.kind or chosen.protocol}, {chosen.first} side first",
            )


def _check_managed(registry: Registry, stake: Stake) -> None:
    """Require that money and statements have a manager here. Raises UsageError BUNDLE_UNKNOWN."""
    for item in map(_item, stake.items):
        if item.family in MANAGED and not registry.ask("item_traits", item=item):
            raise UsageError(
                "BUNDLE_UNKNOWN",
                f"cannot judge what becomes of {item.family}.{item.kind}: no admitted bundle manages {item.family};"
                " install the item managers of your repository with `semper bundle install`",
            )


def _item(item: ItemRef) -> Item:
    """Return an item as far as it matters to who manages it: the same in all deals, so it is asked for once."""
    return Item(item.family, item.kind)


def _provided(bundle: Admitted) -> Provided:
    manifest = bundle.manifest
    roles = frozenset(manifest.entry)
    return Provided(bundle.digest, manifest.kind, manifest.id, manifest.version, roles, bundle.grants.evaluated)


def _caller(sandbox: Sandbox, bundle: Admitted) -> Callable[..., Any]:
    def call(entry: str, *arguments: Any) -> Any:
        asked = (bundle.digest, entry, *arguments)
        brief = sum(len(each) for each in arguments if isinstance(each, bytes)) <= MOST_ASKED
        with _ANSWERING:
            if asked in _ANSWERS:
                return _ANSWERS[asked]
        answer = sandbox.run(bundle, BASELINE, entry, arguments, _nothing)
        if brief:
            with _ANSWERING:
                while len(_ANSWERS) >= MOST_ANSWERS:
                    del _ANSWERS[next(iter(_ANSWERS))]
                _ANSWERS[asked] = answer
        return answer

    return call


def _nothing(request: Request) -> Any:
    raise CapabilityRefused(
        "CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: a hook is answered with values"
    )
