"""What a host does in the transfers and decisions of its deals: make a parcel, have somebody decide, keep what came.

The person decides and hands in with `semper deal decide` and `semper deal give`; a merchant's service may do both in
its stead. Until then the deal waits. What was handed in is kept in the archive, where every process of the home finds
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from semper_host.commerce import deal as engine
from semper_host.commerce.events import Choose, Chosen, Declined, Effect, Event, Followed, Give, Prepared, Store
from semper_host.commerce.projection import StepSpec
from semper_host.exchange import container_transfer
from semper_host.exchange import transfer as transfers
from semper_host.exchange.transfer import CONTAINER
from semper_host.exchange.two_transfers import ITEM
from semper_host.host.home import Home
from semper_host.host.live_deal import Awaited, LiveDeal
from semper_host.host.managed_items import item_of, release, verify
from semper_host.model import container
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError
from semper_host.registry.bundles import Registry
from semper_host.supporting.cryptographic import durable_file

GIVEN, CHOSEN = b"deal-given/", b"deal-chosen/"
"""With D behind it: where the archive keeps, by step, what is to be given, and what was decided."""
RECEIVED = "received"
"""The folder of a home for what transfers brought, one folder a deal."""
STEP_EFFECTS = (Give, Choose, Store)
"""What transfers and decisions want done."""
MOST_ITEM = 256 * 1024
"""Bytes of an item that one parcel takes; larger content is an edition, whose key or manifest can be given."""


class Deputy:
    """Acts where no person has: does nothing here. A merchant's service does (see `service_deputy`)."""

    def decide(self, live: LiveDeal, spec: StepSpec, choices: tuple[str, ...]) -> str:
        """Return one of the choices, or "" to leave it to people."""
        return ""

    def give(self, live: LiveDeal, spec: StepSpec) -> bytes | str:
        """Return the item to give, b"" to leave it to people, or why there is none."""
        return b""


@dataclass(frozen=True)
class StepEffects:
    """Performs the effects of transfers and decisions, for either side."""

    home: Home
    clock: Callable[[], int]
    deputy: Deputy
    managers: Callable[[], Registry] | None = None  # who manages such items here

    def perform(self, live: LiveDeal, effect: Effect) -> Event:
        """Do one effect. Raises Awaited while nobody has decided or handed in what is to be given."""
        spec = live.business.plan.automaton.step(getattr(effect, "step", ""))
        match effect:
            case Give():
                return self._give(live, spec)
            case Choose():
                return self._choose(live, spec, effect)
            case Store():
                return self._store(live, spec, effect)
        raise Unavailable("BACKEND_FAILED", f"cannot do a {type(effect).__name__} in a transfer or decision")

    def wanted(self, live: LiveDeal) -> Give | Choose | None:
        """Return what the deal waits for from our side, None where it waits for nothing that people do."""
        owed = engine.owed(live.business.plan, live.state)
        return next((effect for effect in owed if isinstance(effect, Give | Choose)), None)

    def decide(self, live: LiveDeal, choice: str) -> None:
        """Have the person's choice count from now on. Raises UsageError CHOICE_INVALID."""
        wanted = self.wanted(live)
        if not isinstance(wanted, Choose):
            raise UsageError("CHOICE_INVALID", "cannot decide: nothing is to be decided by this side now")
        if choice not in wanted.choices:
            known = " or ".join(wanted.choices)
            raise UsageError("CHOICE_INVALID", f"cannot decide {choice[:64]!r} in step {wanted.step}: choose {known}")
        self._hand_in(live, CHOSEN, wanted.step, choice.encode(), wanted.until)

    def give(self, live: LiveDeal, item: bytes | None) -> None:
        """Have `item` given from now on; None: what came to us under that name goes back.

        Raises UsageError CHOICE_INVALID, PeerDeviated where it is not the item that was agreed on, or no such item.
        """
        wanted = self.wanted(live)
        if not isinstance(wanted, Give):
            raise UsageError("CHOICE_INVALID", "cannot give: nothing is to be given by this side now")
        spec = live.business.plan.automaton.step(wanted.step)
        found = self._came_before(live, spec) if item is None else item
        if found is None:
            raise UsageError("CHOICE_INVALID", f"cannot give back {spec.gives[0]}: it never came; name a file")
        parcel_of(live, spec, self._released(live, spec, found))
        self._hand_in(live, GIVEN, wanted.step, found, live.state.entered + spec.within)

    def _hand_in(self, live: LiveDeal, scope: bytes, step: str, data: bytes, until: int) -> None:
        if self.clock() > until:
            raise UsageError("CHOICE_INVALID", f"cannot act in step {step} any more: its time is over")
        archive = self.home.archive
        # COMMIT POINT: what was handed in is found by whichever process works the deal
        archive.commit(lambda tx: archive.keep(tx, scope + live.id, step, data))
        live.wake()

    def _give(self, live: LiveDeal, spec: StepSpec) -> Event:
        document = live.business.documents.get(spec.gives[0])
        item = self.home.archive.recall(GIVEN + live.id, spec.name) or document
        if item is None:
            made = self.deputy.give(live, spec)
            if isinstance(made, str):
                return Declined(self.clock(), spec.name, made)
            item = made
        if not item:
            raise Awaited(f"what is to be given in step {spec.name}")
        try:
            given = self._released(live, spec, item)
        except PeerDeviated as error:
            return Declined(self.clock(), spec.name, error.message)
        kept = given if live.business.plan.handed[spec.step].kind == CONTAINER else b""
        return Prepared(self.clock(), spec.name, (parcel_of(live, spec, given),), kept)

    def _released(self, live: LiveDeal, spec: StepSpec, item: bytes) -> bytes:
        """Return what is handed over for our item, by its manager. Raises PeerDeviated ITEM_REFUSED."""
        ref = live.business.plan.handed[spec.step]
        return item if self.managers is None else release(self.managers(), item_of(ref, item), item)

    def _choose(self, live: LiveDeal, spec: StepSpec, effect: Choose) -> Event:
        kept = self.home.archive.recall(CHOSEN + live.id, spec.name)
        choice = kept.decode() if kept is not None else self.deputy.decide(live, spec, effect.choices)
        if not choice:
            raise Awaited(f"the decision in step {spec.name}")
        return Chosen(self.clock(), spec.name, choice)

    def _store(self, live: LiveDeal, spec: StepSpec, effect: Store) -> Event:
        """Write what came into a file of its own, whole or not at all."""
        path = place_of(self.home, live, spec.name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            durable_file.sweep(path)  # one process at a time works a deal: what lies there is of one that was killed
            durable_file.replace(path, effect.item)
        except OSError as error:
            raise Unavailable("STORAGE_FULL", f"cannot keep what came in step {spec.name}: {error.strerror}") from error
        if self.managers is not None:
            try:
                verify(self.managers(), item_of(live.business.plan.handed[spec.step], effect.item), effect.item)
            except SemperError as error:  # it is here, and its digest fits: the person judges what it is worth
                live.trouble = f"{error.code}: {error.message}"
        return Followed(self.clock(), spec.name, Store.__name__)

    def _came_before(self, live: LiveDeal, spec: StepSpec) -> bytes | None:
        """Return the newest item of the same name that an earlier transfer of this deal brought."""
        specs = live.business.plan.automaton.specs
        for past in reversed(live.state.past):
            if specs[past.name].gets == spec.gives:
                return next((token.data for token in past.gains if token.name == ITEM), None)
        return None


def parcel_of(live: LiveDeal, spec: StepSpec, item: bytes) -> bytes:
    """Return the parcel in which our side gives `item`.

    Raises PeerDeviated where it is not what was agreed on, UsageError for what a parcel does not take.
    """
    if len(item) > MOST_ITEM:
        most = MOST_ITEM // 1024
        raise UsageError("CHOICE_INVALID", f"cannot give it in one parcel: it has over {most} KiB; give an edition")
    plan = live.business.plan
    transfer = plan.transfer(spec)
    if transfer.item.kind == CONTAINER:
        whole = container.read(item)
        container_transfer.check_covered(transfer, whole)
        return container_transfer.give(transfer, plan.crypto, whole)
    return transfers.give(transfer, plan.crypto, item)


def place_of(home: Home, live: LiveDeal, step: str) -> Path:
    """Return the file in which a home keeps what came in `step`."""
    return home.path / RECEIVED / place_of_step(live, step)


def place_of_step(live: LiveDeal, step: str) -> str:
    """Return the name of that file below its folder."""
    return f"{live.id.hex()[:16]}/{step.replace('#', '-')}"
