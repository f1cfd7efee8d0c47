"""The admitted bundles of a home, behind the registry's proxies; and what they say of the exchanges of a deal.

Proxies are called through the sandbox with nothing to ask of the host: a hook is answered with values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from semper_host.admission.admit import Admitted
from semper_host.api_v1 import Item
from semper_host.commerce.plan import Plan, Stake
from semper_host.exchange import manager
from semper_host.exchange.items import ItemRef
from semper_host.exchange.manager import Fairness, Offered
from semper_host.host import installed
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import AdmissionRefused, CapabilityRefused, SemperError, UsageError
from semper_host.model.grants import BASELINE
from semper_host.model.requests import Request
from semper_host.registry.bundles import Registry, proxy_for
from semper_host.registry.provided import Provided

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


def check_exchanges(registry: Registry, plan: Plan) -> None:
    """Require that the item managers find every exchange of the deal as fair as its terms ask, in the order they give.

    Raises AdmissionRefused FAIRNESS_UNATTAINABLE, also where no admitted bundle manages an item.
    """
    for spec in plan.automaton.specs.values():
        stake = plan.stakes[spec.step]
        _check_managed(registry, stake)
        left, right = (Offered(item, registry.item_traits(item)) for item in (_item(stake.left), _item(stake.right)))
        chosen = manager.plan(Fairness(str(spec.fair)), left, right)
        if (chosen.kind, chosen.first) != (str(spec.kind), "left"):
            raise AdmissionRefused(
                "FAIRNESS_UNATTAINABLE",
                f"cannot run step {spec.step} as {spec.kind}: the item managers of this home would run it as"
                f" {chosen.kind or chosen.protocol}, {chosen.first} side first",
            )


def _check_managed(registry: Registry, stake: Stake) -> None:
    """Require that money and statements have a manager here. Raises UsageError BUNDLE_UNKNOWN."""
    for item in (_item(stake.left), _item(stake.right)):
        if item.family in MANAGED and not registry.ask("item_traits", item=item):
            raise UsageError(
                "BUNDLE_UNKNOWN",
                f"cannot judge what becomes of {item.family}.{item.kind}: no admitted bundle manages {item.family};"
                " install the item managers of your repository with `semper bundle install`",
            )


def _item(item: ItemRef) -> Item:
    return Item(item.family, item.kind, item.digest, item.amount)


def _provided(bundle: Admitted) -> Provided:
    manifest = bundle.manifest
    roles = frozenset(manifest.entry)
    return Provided(bundle.digest, manifest.kind, manifest.id, manifest.version, roles, bundle.grants.evaluated)


def _caller(sandbox: Sandbox, bundle: Admitted) -> Callable[..., Any]:
    return lambda entry, *arguments: sandbox.run(bundle, BASELINE, entry, arguments, _nothing)


def _nothing(request: Request) -> Any:
    raise CapabilityRefused(
        "CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: a hook is answered with values"
    )
