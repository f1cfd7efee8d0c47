"""Attacks on money at the mint and in the purse."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.admission.service_keys import sign_service_keys
from semper_host.api_v1 import Blind, Refused, Settled, Unknown, decode, pack, unpack
from semper_host.host import identity
from semper_host.host.bank_line import BankCall
from semper_host.host.banking import Bank
from semper_host.host.handlers.coin_secrets import CoinSecrets
from semper_host.host.home import Home
from semper_host.host.purse_records import PurseRecord
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, UsageError
from semper_host.model.money import Money
from semper_host.model.requests import Output
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.courtroom import PRICE, SELLER_ACCOUNT, Banked, Court
from tests.host.marketplace import DAY, now
from tests.plugins.conftest import SEED, World

LABEL = b"\x51" * 32


def test_a_coin_already_paid_for_is_not_paid_for_again(world: World) -> None:
    outputs = world.alice.handler(Blind([4, 1]))
    first = world.ask("customer:alice", op="withdraw", amount=Money(5, "EUR"), outputs=outputs)
    again = world.ask("customer:alice", op="withdraw", amount=Money(4, "EUR"), outputs=outputs[:1])
    assert (first["ecash/1"], again["ecash/1"]) == ("signed", "refused")
    assert world.bank.balance("customer:alice") == 10_000 - 5
    repeated = world.ask("customer:alice", op="withdraw", amount=Money(5, "EUR"), outputs=outputs)
    assert repeated == first


def test_coins_are_not_exchanged_for_one_that_was_paid_for_before(world: World) -> None:
    world.alice.withdraw(8)
    coins = world.alice.coins(8, LABEL)
    issued = CoinSecrets(SEED, world.bank.keys.keyset).make(8, 0).output
    said = world.ask(op="refresh", coins=coins, outputs=[issued])
    assert said["ecash/1"] == "refused"
    assert world.ask(op="spent", keys=[b"\0" * 32])["spent"] == [False]
    assert world.alice.call("refresh", coins, [8]) == Settled()
    assert world.alice.balance() == 8


def test_a_hold_whose_refund_was_paid_for_before_is_refused(world: World) -> None:
    world.alice.withdraw(8)
    coins = world.alice.coins(8, LABEL)
    issued: Output = CoinSecrets(SEED, world.bank.keys.keyset).make(8, 0).output
    said = world.ask(op="hold", order=world.order(LABEL, 8), coins=coins, outputs=[issued])
    assert said["ecash/1"] == "refused"
    assert world.ask(op="status", label=LABEL)["state"] == "none"


def test_a_purse_that_came_back_from_an_old_backup_loses_no_money(
    world: World, tmp_path: Path, make_payer: Any
) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    shutil.copy(tmp_path / "alice.db", backup / "alice.db")
    assert world.alice.withdraw(7) == Settled()
    old = type(world.alice)(backup, world.bank, "alice", world.run)
    assert isinstance(old.withdraw(13), Refused)
    settled = [old.withdraw(13) for _ in range(3)]
    assert Settled() in settled
    taken = 10_000 - world.bank.balance("customer:alice")
    for value in world.bank.keys.keyset.values:
        old.call("restore", value, 0, 32)
    assert old.balance() == taken


def test_a_bank_that_gives_a_hold_back_without_the_coins_is_asked_again(world: World) -> None:
    world.alice.withdraw(8)
    held = world.hold(LABEL, 8)
    world.payee("renounce", LABEL, world.refusal(held))

    def keep_the_coins(answer: bytes) -> bytes:
        said = decode(answer)
        return pack({**said, "refund": []}) if said["ecash/1"] == "state" else answer

    world.alice.line.tamper_answer = keep_the_coins
    assert isinstance(world.alice.call("reclaim", LABEL), Unknown)
    world.alice.line.tamper_answer = lambda answer: answer
    assert isinstance(world.alice.call("reclaim", LABEL), Settled)
    assert world.alice.balance() == 8


def test_a_bank_that_denies_a_hold_it_signed_settles_nothing(court: Court) -> None:
    made = court.purchase()
    made.hold()
    payments = court.banked.payments
    before = payments.status(made.purse, made.id)
    assert getattr(before, "state", "") == "held"
    ask = payments._asking

    def forgetful(*line: Any) -> Any:
        real = ask(*line)

        def answer(message: bytes, sign: bool) -> Any:
            reply = real(message, sign)
            if unpack(message, "ecash/1", {"status": {"label": bytes}}) is None:
                return reply
            nothing = pack({"ecash/1": "state", "state": "none", "records": [], "refund": []})
            return type(reply)(True, nothing)

        return answer

    payments._asking = forgetful  # type: ignore[method-assign,assignment]
    said = payments.reclaim(made.purse, made.id)
    assert isinstance(said, Unknown) and "signed" in said.why


def test_a_second_purse_for_the_same_coins_is_refused(banked: Banked) -> None:
    """Both would make their coins from one seed at the same counters: the account pays twice, one coin comes."""
    with pytest.raises(UsageError, match="already"):
        banked.payments.open(banked.home.config.url, now(), "savings")
    assert [purse.record.name for purse in banked.payments.purses(now())] == [banked.purse.record.name]


def test_a_bank_cannot_take_over_the_purse_at_another(banked: Banked) -> None:
    """A certified bank that copies another's public keyset, or is given its purse's name, would be sent its coins."""
    copy = thief(banked)
    for name in ("", banked.purse.record.name, "other"):
        with pytest.raises(UsageError, match="cannot open the purse"):
            banked.payments.open(copy.config.url, now(), name)
    assert banked.payments.purse_at(banked.purse.keys.signing, now()).record == banked.purse.record


def thief(banked: Banked) -> Home:
    """A second bank, certified, whose mint publishes the keys of the first."""
    market = banked.market
    home, _, _ = market.up(market.home("bank", "thief"), lambda home: Bank(home, market.sandbox(home)))
    return home


def test_a_bank_whose_statement_of_keys_expired_is_asked_for_a_new_one(banked: Banked) -> None:
    """Else a host that was set up 90 days ago, a trustee above all, could not settle what is under way."""
    record = expired(banked)
    purse = banked.payments.purse_at(banked.purse.keys.signing, now())
    assert purse.keys.not_after > now()
    assert purse.record != record
    assert isinstance(banked.payments.withdraw(purse, Money(100, "EUR")), Settled)


def expired(banked: Banked) -> PurseRecord:
    """Put the bank's statement of 100 days ago into the purse."""
    old = replace(banked.purse.keys, not_before=now() - 100 * DAY, not_after=now() - 10 * DAY)
    record = replace(banked.purse.record, statement=sign_service_keys(old, identity.certified(banked.home)))
    archive = banked.customer.archive
    archive.commit(lambda tx: archive.keep(tx, b"purses", record.name, encode(record)))
    return record


def test_one_bank_that_is_gone_does_not_stop_a_trustee_from_releasing_at_another(court: Court) -> None:
    gone = expired(court.banked)
    dead = replace(gone, name="aaa dead", bank="Dead Bank", url="http://127.0.0.1:1")
    archive = court.home.archive
    statement = _stated_by_nobody(court, dead)
    archive.commit(lambda tx: archive.keep(tx, b"purses", dead.name, encode(replace(dead, statement=statement))))
    made = court.purchase()
    made.hold()
    assert court.ask(made.resolve()).decision is not None
    assert court.seller_has() == PRICE.minor
    assert court.banked.balance(SELLER_ACCOUNT) == PRICE.minor


def _stated_by_nobody(court: Court, record: PurseRecord) -> bytes:
    key = SigningKey.from_seed(b"dead".ljust(32)).public
    old = replace(record.stated, signing=key)
    return sign_service_keys(old, identity.certified(court.banked.home))


def test_a_message_too_long_for_a_worker_is_refused_without_starting_one(banked: Banked) -> None:
    banked.bank._sandbox.run = None  # type: ignore[assignment,method-assign]
    with pytest.raises(SemperError) as caught:
        banked.bank.answer(encode(BankCall(message=b"\x40" * 500_000)))
    assert caught.value.code == "REQUEST_TOO_LARGE"
