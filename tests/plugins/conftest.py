"""A bank with a real mint, ledger and archive, and parties with real purses, in memory of one process.

The bundles run as they are, by `send()`; `confined` runs them in the locked worker instead.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import GeneratorType, ModuleType
from typing import Any

import pytest

from semper_host.admission.manifest import parse_manifest
from semper_host.api_v1 import (
    CAPTURE_RIGHT,
    DECISION,
    RENOUNCE,
    CaptureRight,
    Coin,
    DecidedHold,
    Decision,
    Held,
    HoldOrder,
    Money,
    Renounce,
    Settled,
    decode,
    encode,
    pack,
)
from semper_host.confinement.broker import Broker
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.host.coin_selection import split
from semper_host.host.handlers.mint import MintHandler
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.handlers.purse import PartyHandler, PurseHandler
from semper_host.host.handlers.purse_state import Purse, exact_coins
from semper_host.model.errors import Unavailable
from semper_host.model.grants import Grants
from semper_host.model.requests import Entry, Post, Reply
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.ledger.ledger import Ledger

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
NOW = 1_800_000_000
SEED = b"seed".ljust(32)
DAY = 86_400
Run = Callable[[str, tuple[Any, ...], Callable[[Any], Any]], Any]


def load(path: Path) -> ModuleType:
    """Return a bundle's module, run plainly."""
    spec = importlib.util.spec_from_file_location(f"bundle_{path.parent.name}_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drive(result: Any, answer: Callable[[Any], Any]) -> Any:
    """Run an entry point's generator, answering its requests."""
    if not isinstance(result, GeneratorType):
        return result
    value = None
    while True:
        try:
            request = result.send(value)
        except StopIteration as done:
            return done.value
        value = answer(request)


class Line:
    """The way to the bank; `lose` says what happens to the next messages: "" (nothing), "message" or "answer" lost."""

    def __init__(self, bank: Bank, account: str) -> None:
        self.bank, self.account = bank, account
        self.lose = ""
        self.tamper: Callable[[bytes], bytes] = lambda message: message
        self.tamper_answer: Callable[[bytes], bytes] = lambda message: message
        self.sent: list[tuple[bytes, str]] = []

    def __call__(self, message: bytes, account: bool) -> Reply:
        signed = self.account if account else ""
        self.sent.append((message, signed))
        if self.lose == "message":
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the bank")
        answer = self.bank.answer(self.tamper(message), signed)
        return Reply(False) if self.lose == "answer" else Reply(True, self.tamper_answer(answer))


class Bank:
    """A bank: one ledger, one mint."""

    def __init__(self, directory: Path, keys: MintKeys, run: Run) -> None:
        self.now = NOW
        self.archive = Archive.open(directory / "bank.db", bytes(32))
        self.ledger = Ledger(self.archive.store)
        self.keys, self.signing = keys, SigningKey.from_seed(b"bank".ljust(32))
        self.handler = MintHandler(self.archive, self.ledger, keys, self.signing, lambda: self.now)
        self.run = run

    def answer(self, message: bytes, account: str = "") -> bytes:
        answer = self.run("bank.answer", (message, account), self.handler)
        assert isinstance(answer, bytes)
        return answer

    def open_account(self, account: str, minor: int) -> None:
        amount = Money(minor, "EUR")
        entries = [Entry("bank:equity", -amount), Entry(account, amount)]
        posted = self.archive.commit(lambda tx: self.ledger.post(tx, Post(b"open" + account.encode(), entries, [])))
        assert posted.done

    def balance(self, account: str) -> int:
        return self.ledger.balance(None, account, "EUR").minor


class Payer:
    """A payer with a purse and an account."""

    def __init__(self, directory: Path, bank: Bank, name: str, run: Run, seed: bytes = SEED) -> None:
        self.bank, self.run_entry = bank, run
        self.line = Line(bank, f"customer:{name}")
        self.archive = Archive.open(directory / f"{name}.db", bytes(32))
        self.purse = Purse(self.archive, "purse", bank.keys.keyset)
        self.handler = PurseHandler(self.purse, seed, self.line, lambda: bank.now)
        self.key = SigningKey.from_seed(name.encode().ljust(32))

    def call(self, entry: str, *arguments: Any) -> Any:
        return self.run_entry(f"payer.{entry}", arguments, self.handler)

    def withdraw(self, minor: int) -> Any:
        return self.call("withdraw", Money(minor, "EUR"), split(minor, self.bank.keys.keyset.values))

    def coins(self, minor: int, label: bytes) -> list[Coin]:
        def refresh(coins: list[Coin], values: list[int]) -> Any:
            return self.call("refresh", coins, values)

        found = exact_coins(self.purse, Money(minor, "EUR"), label, refresh)
        assert isinstance(found, list)
        return found

    def balance(self) -> int:
        return self.purse.balance().minor


class World:
    """Everybody: a bank, a payer (alice), a payee (eurocom) and a trustee."""

    def __init__(self, directory: Path, keys: MintKeys, run: Run) -> None:
        self.directory, self.run = directory, run
        self.bank = Bank(directory, keys, run)
        self.bank.open_account("customer:alice", 10_000)
        self.alice = Payer(directory, self.bank, "alice", run)
        self.payee_key = SigningKey.from_seed(b"payee".ljust(32))
        self.trustee_key = SigningKey.from_seed(b"trustee".ljust(32))
        self.payee_line, self.trustee_line = Line(self.bank, "customer:eurocom"), Line(self.bank, "")
        self._payee = PartyHandler(self.alice.archive, b"payee", self.payee_line, lambda: self.bank.now)
        self._trustee = PartyHandler(self.alice.archive, b"trustee", self.trustee_line, lambda: self.bank.now)

    def payee(self, entry: str, *arguments: Any) -> Any:
        return self.run(f"payee.{entry}", arguments, self._payee)

    def trustee(self, entry: str, *arguments: Any) -> Any:
        return self.run(f"trustee.{entry}", arguments, self._trustee)

    def order(self, label: bytes, minor: int, payer: Payer | None = None) -> HoldOrder:
        return HoldOrder(
            label=label,
            payee="customer:eurocom",
            amount=Money(minor, "EUR"),
            expiry=self.bank.now + DAY,
            payer=(payer or self.alice).key.public,
            payee_key=self.payee_key.public,
            trustee=self.trustee_key.public,
            system=self.bank.signing.public,
        )

    def hold(self, label: bytes, minor: int, payer: Payer | None = None) -> Held:
        """Withdraw enough, hold it, and return the HELD that the bank signed."""
        payer = payer or self.alice
        coins = payer.coins(minor, label)
        settled = payer.call("hold", self.order(label, minor, payer), coins, [coin.value for coin in coins])
        assert isinstance(settled, Settled), settled
        return self.held(settled.proof)

    def held(self, proof: bytes) -> Held:
        return Held.decode(cose.open1(proof, "hold.held", self.bank.signing.public))

    def right(self, held: Held, key: SigningKey | None = None) -> bytes:
        payload = encode(CaptureRight(held.label, held.hold))
        return cose.sign1(payload, CAPTURE_RIGHT, key or self.alice.key)

    def refusal(self, held: Held, key: SigningKey | None = None) -> bytes:
        return cose.sign1(encode(Renounce(held.label, held.hold)), RENOUNCE, key or self.payee_key)

    def resolved(self, held: Held, key: SigningKey | None = None, sealed: bytes = b"sealed key") -> bytes:
        named = (DecidedHold(held.system, held.hold, held.amount),)
        decision = Decision(held.label, "resolved", bytes(32), bytes(32), named, sealed)
        return cose.sign1(encode(decision), DECISION, key or self.trustee_key)

    def aborted(self, label: bytes, key: SigningKey | None = None) -> bytes:
        return cose.sign1(encode(Decision(label, "aborted", bytes(32))), DECISION, key or self.trustee_key)

    def total(self) -> int:
        """All money that customers can claim: accounts, coins at large, holds. Never changes."""
        accounts = ("customer:alice", "customer:eurocom", "mint:outstanding", "mint:held")
        return sum(self.bank.balance(each) for each in accounts)

    def ask_raw(self, account: str = "", **fields: Any) -> bytes:
        """Send the bank a hand-made message; return its answer."""
        operation = fields.pop("op")
        return self.bank.answer(pack({"ecash/1": operation, **fields}), account)

    def ask(self, account: str = "", **fields: Any) -> Any:
        """Send the bank a hand-made message; return its answer as plain data."""
        return decode(self.ask_raw(account, **fields))


@pytest.fixture(scope="session")
def mint_keys() -> MintKeys:
    return MintKeys.generate("EUR", NOW + 1000 * DAY, [2**power for power in range(12)])


def plain_in(folder: Path) -> Run:
    """Run the entry points of the bundle in `folder` in this process."""
    roles = {file.stem: load(file) for file in folder.glob("*.py")}

    def run(entry: str, arguments: tuple[Any, ...], answer: Callable[[Any], Any]) -> Any:
        role, _, name = entry.partition(".")
        return drive(getattr(roles[role], name)(*arguments), answer)

    return run


@contextmanager
def confined_in(folder: Path) -> Iterator[Run]:
    """Run them in fresh locked workers, behind a broker that grants what the manifest asks."""
    manifest = parse_manifest((folder / "manifest.yaml").read_bytes(), unpublished=True)
    modules = {role: (folder / file).read_bytes() for role, file in manifest.entry.items()}
    source = Source(bytes(32), manifest.kind, modules)
    grants = Grants(tuple(asked.grant for asked in manifest.requests), True)
    limits = Limits(manifest.limits.cpu_seconds, manifest.limits.memory_mib, manifest.limits.wall_seconds)
    with Zygote.start() as zygote:

        def run(entry: str, arguments: tuple[Any, ...], answer: Callable[[Any], Any]) -> Any:
            broker = Broker(grants, answer, lambda request, why: None)
            return zygote.call(source, entry, arguments, broker, limits)

        yield run


@pytest.fixture(scope="session")
def plain_run() -> Run:
    """Run ecash's entry points in this process."""
    return plain_in(PLUGINS / "payment" / "ecash")


@pytest.fixture(scope="session")
def confined_run() -> Iterator[Run]:
    """Run ecash's entry points confined."""
    with confined_in(PLUGINS / "payment" / "ecash") as run:
        yield run


@pytest.fixture
def world(tmp_path: Path, mint_keys: MintKeys, plain_run: Run) -> World:
    return World(tmp_path, mint_keys, plain_run)


@pytest.fixture
def confined_world(tmp_path: Path, mint_keys: MintKeys, confined_run: Run) -> World:
    return World(tmp_path, mint_keys, confined_run)


@pytest.fixture
def make_world(mint_keys: MintKeys, plain_run: Run) -> Callable[[Path], World]:
    return lambda directory: World(directory, mint_keys, plain_run)


@pytest.fixture
def make_payer(tmp_path: Path, plain_run: Run) -> Callable[..., Payer]:
    return lambda bank, name, seed=SEED: Payer(tmp_path, bank, name, plain_run, seed)


@pytest.fixture(scope="session")
def bundle() -> Callable[[str], ModuleType]:
    return lambda name: load(PLUGINS / name)
