"""The admitted bundles, behind host-made proxies; pluggy calls the proxies, a proxy calls its bundle.

How a bundle is run the registry does not know: a proxy is given `call(entry, *arguments)`, which the composition
root makes from confinement and broker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec
import pluggy

from semper_host.api_v1.calls import Accepted, Declined, Item, ItemTraits, PaymentTraits
from semper_host.model.errors import UsageError
from semper_host.registry import hookspecs
from semper_host.registry.provided import GREASE, Provided, Unsupported

Call = Callable[..., Any]
hookimpl = hookspecs.hookimpl


class BundleProxy:
    """Stands for one admitted bundle. `call(entry, *arguments)` runs an entry point of it, confined."""

    def __init__(self, provided: Provided, call: Call) -> None:
        self.provided = provided
        self._call = call

    @hookimpl
    def provides(self) -> Provided:
        """Say which bundle this is."""
        return self.provided

    def ask(self, entry: str, *arguments: Any) -> Any:
        """Return what the bundle's `entry` answers, or `Unsupported` if it has none such; then nothing is run."""
        if entry not in self.provided.entries:
            return Unsupported(entry)
        return self._call(entry, *arguments)


class PaymentProxy(BundleProxy):
    """Stands for a payment system. Its traits never change, so they are asked for once."""

    _traits: PaymentTraits | None = None

    @hookimpl
    def payment_traits(self) -> tuple[Provided, PaymentTraits] | None:
        """Say what the payment system can do; nothing, where the bundle has no payer side."""
        if self._traits is None:
            traits = self.ask("payer.traits")
            if isinstance(traits, Unsupported):
                return None
            self._traits = traits
        return self.provided, self._traits


class ItemProxy(BundleProxy):
    """Stands for the manager of some item families; of other families' items it says nothing."""

    _families: frozenset[str] | None = None

    @property
    def families(self) -> frozenset[str]:
        """The item families it manages."""
        if self._families is None:
            self._families = frozenset(self.ask("manager.families"))
        return self._families

    @hookimpl
    def item_traits(self, item: Item) -> ItemTraits | None:
        """Say what a trustee can do about an item of its families."""
        return self.ask("manager.traits", item) if item.family in self.families else None

    @hookimpl
    def describe_item(self, item: Item) -> list[str] | None:
        """Describe an item of its families."""
        return self.ask("manager.describe", item) if item.family in self.families else None

    @hookimpl
    def fits(self, offered: Item, agreed: Item) -> Accepted | Declined | None:
        """Compare with an agreed item of its families."""
        return self.ask("manager.fits", offered, agreed) if agreed.family in self.families else None

    @hookimpl
    def commit_item(self, item: Item, body: bytes) -> Item | Declined | None:
        """Fix an item of its families."""
        return self.ask("manager.commit", item, body) if item.family in self.families else None

    @hookimpl
    def verify_item(self, agreed: Item, body: bytes) -> Accepted | Declined | None:
        """Compare what came with an agreed item of its families."""
        return self.ask("manager.verify", agreed, body) if agreed.family in self.families else None

    @hookimpl
    def release_item(self, item: Item, body: bytes) -> bytes | None:
        """Make what is handed over for an item of its families."""
        return self.ask("manager.release", item, body) if item.family in self.families else None


_PROXIES: dict[str, type[BundleProxy]] = {"payment-system": PaymentProxy, "item-manager": ItemProxy}


def proxy_for(provided: Provided, call: Call) -> BundleProxy:
    """Return the proxy for an admitted bundle of whatever kind."""
    return _PROXIES.get(provided.kind, BundleProxy)(provided, call)


class PaymentChoice(msgspec.Struct, frozen=True):
    """A payment system that satisfies what was asked."""

    provided: Provided
    traits: PaymentTraits


class Registry:
    """All bundles that this host admitted and may run, found by digest, or the current one by kind and id."""

    def __init__(self) -> None:
        self._plugins = pluggy.PluginManager(hookspecs.PROJECT)
        self._plugins.add_hookspecs(hookspecs)
        self._hooks = frozenset(hook.__name__ for hook in hookspecs.HOOKS)
        self._by_digest: dict[bytes, BundleProxy] = {}
        self._current: dict[tuple[str, str], BundleProxy] = {}

    def register(self, proxy: BundleProxy) -> None:
        """Make a bundle known. A second version of the same id takes the first one's place for new deals.

        The older one still answers to its digest: a deal goes on with the bundle it began with. The same bundle twice
        changes nothing. Raises UsageError (BUNDLE_CONFLICT) if another bundle manages one of its item families.
        """
        new = proxy.provided
        if new.digest in self._by_digest:
            return
        self._refuse_conflict(proxy)
        question = GREASE + new.digest.hex()[:8]
        if not isinstance(proxy.ask(question), Unsupported):
            raise UsageError("BUNDLE_CONFLICT", f"cannot register {new.id}: it answers to questions that nobody knows")
        old = self._current.get((new.kind, new.id))
        if old is not None:
            self._plugins.unregister(old)
        self._by_digest[new.digest] = self._current[new.kind, new.id] = proxy
        self._plugins.register(proxy, name=new.digest.hex())

    def unregister(self, digest: bytes) -> None:
        """Forget a bundle; an unknown one changes nothing."""
        proxy = self._by_digest.pop(digest, None)
        if proxy is not None and self._current.get((proxy.provided.kind, proxy.provided.id)) is proxy:
            del self._current[proxy.provided.kind, proxy.provided.id]
            self._plugins.unregister(proxy)

    def by_digest(self, digest: bytes) -> BundleProxy:
        """Return the bundle that a deal is pinned to. Raises UsageError (BUNDLE_UNKNOWN)."""
        found = self._by_digest.get(digest)
        if found is None:
            raise UsageError("BUNDLE_UNKNOWN", f"cannot find the bundle {digest.hex()[:16]}: it was not admitted here")
        return found

    def current(self, kind: str, name: str) -> BundleProxy:
        """Return the bundle that a new deal gets for kind and id. Raises UsageError (BUNDLE_UNKNOWN)."""
        found = self._current.get((kind, name))
        if found is None:
            raise UsageError("BUNDLE_UNKNOWN", f"cannot find a {kind} named {name}: none was admitted here")
        return found

    def all(self) -> list[Provided]:
        """Return the current bundles, by kind and id."""
        return [self._current[key].provided for key in sorted(self._current)]

    def managers(self, families: Collection[str]) -> tuple[Provided, ...]:
        """Return the current bundles that manage items of any of these families, by id."""
        found = (each for each in self._current.values() if isinstance(each, ItemProxy))
        return tuple(
            sorted((each.provided for each in found if not each.families.isdisjoint(families)), key=lambda by: by.id)
        )

    def ask(self, hook: str, **arguments: Any) -> list[Any]:
        """Return every bundle's answer to `hook`, at most one where the hook is for one; none to an unknown hook."""
        if hook not in self._hooks:
            return []
        answer = getattr(self._plugins.hook, hook)(**arguments)
        if isinstance(answer, list) and not self._is_first_result(hook):
            return answer
        return [] if answer is None else [answer]

    def payers(self, currency: str, *, strong: bool = False) -> list[PaymentChoice]:
        """Return who can pay in `currency` (ISO 4217), under strong fairness if asked; by id."""
        answers: list[tuple[Provided, PaymentTraits]] = self.ask("payment_traits")
        fitting = [
            PaymentChoice(by, traits)
            for by, traits in answers
            if currency in traits.currencies and (traits.holds or not strong)
        ]
        return sorted(fitting, key=lambda choice: choice.provided.id)

    def item_traits(self, item: Item) -> ItemTraits:
        """Return the traits of `item`; where nobody manages its family, nothing can be done about it."""
        answers: list[ItemTraits] = self.ask("item_traits", item=item)
        return answers[0] if answers else ItemTraits(generatable=False, revocable=False)

    def describe(self, item: Item) -> list[str]:
        """Return lines for people about `item`, its family and kind where nobody manages it."""
        answers: list[list[str]] = self.ask("describe_item", item=item)
        return answers[0] if answers else [f"{item.family} ({item.kind})"]

    def fits(self, offered: Item, agreed: Item) -> Accepted | Declined:
        """Say whether `offered` is what was `agreed`; what nobody can judge does not fit."""
        answers: list[Accepted | Declined] = self.ask("fits", offered=offered, agreed=agreed)
        return answers[0] if answers else _unmanaged(agreed)

    def commit(self, item: Item, body: bytes) -> Item | Declined:
        """Return the item that `body` makes; what nobody manages is made by nobody."""
        answers: list[Item | Declined] = self.ask("commit_item", item=item, body=body)
        return answers[0] if answers else _unmanaged(item)

    def verify(self, agreed: Item, body: bytes) -> Accepted | Declined:
        """Say whether the `body` that came is what was `agreed`; what nobody can judge is not."""
        answers: list[Accepted | Declined] = self.ask("verify_item", agreed=agreed, body=body)
        return answers[0] if answers else _unmanaged(agreed)

    def release(self, item: Item, body: bytes) -> bytes | Declined:
        """Return what is handed over for an item with this `body`."""
        answers: list[bytes] = self.ask("release_item", item=item, body=body)
        return answers[0] if answers else _unmanaged(item)

    def _is_first_result(self, hook: str) -> bool:
        spec = getattr(self._plugins.hook, hook).spec
        return bool(spec is not None and spec.opts["firstresult"])

    def _refuse_conflict(self, proxy: BundleProxy) -> None:
        """Refuse a second manager of the same family: which one answered would be chance."""
        if not isinstance(proxy, ItemProxy):
            return
        for other in self._current.values():
            both = proxy.families & other.families if isinstance(other, ItemProxy) else frozenset()
            if both and other.provided.id != proxy.provided.id:
                cause = f"{other.provided.id} manages {', '.join(sorted(both))} already"
                raise UsageError("BUNDLE_CONFLICT", f"cannot register {proxy.provided.id}: {cause}")


def _unmanaged(item: Item) -> Declined:
    return Declined(f"no admitted bundle manages items of the family {item.family!r}")
