"""What a cheating or confused party gets from the bank: nothing, and the state as it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from semper_host.api_v1 import (
    DECISION,
    DecidedHold,
    Decision,
    HoldStatus,
    Money,
    Refused,
    Settled,
    Unknown,
    decode,
    encode,
    pack,
)
from semper_host.model.errors import CapabilityRefused, PeerDeviated
from semper_host.model.requests import BlindSign, Output, Post
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

L, M = b"\x01" * 32, b"\x02" * 32
STRANGER = SigningKey.from_seed(b"stranger".ljust(32))
COINS_AT_LARGE = "mint:outstanding"


def values(coins: list[Any]) -> list[int]:
    return [coin.value for coin in coins]


# --- double spending


def test_a_deposited_coin_cannot_be_deposited_again_by_somebody_else(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.payee("deposit", coins)
    world.payee_line.account = "customer:mallory"
    again = world.payee("deposit", coins)
    assert isinstance(again, Refused) and again.code == "DOUBLE_SPENT"
    assert decode(again.proof)["op"] == "deposit"
    assert world.bank.balance("customer:mallory") == 0


def test_a_deposit_repeated_word_for_word_is_the_same_deposit(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    assert world.payee("deposit", coins) == world.payee("deposit", coins) == Settled()
    assert world.bank.balance("customer:eurocom") == 64


def test_a_held_coin_cannot_be_deposited_and_a_deposited_coin_cannot_be_held(world: Any) -> None:
    world.alice.withdraw(192)
    coins = world.alice.coins(64, L)
    world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert world.payee("deposit", coins).code == "DOUBLE_SPENT"
    others = world.alice.coins(128, M)
    world.payee("deposit", others)
    refused = world.alice.call("hold", world.order(M, 128), others, values(others))
    assert isinstance(refused, Refused) and refused.code == "DOUBLE_SPENT"
    assert (world.bank.balance("mint:held"), world.bank.balance("customer:eurocom")) == (64, 128)


def test_a_coin_cannot_be_in_two_holds(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.alice.call("hold", world.order(L, 64), coins, values(coins))
    second = world.alice.call("hold", world.order(M, 64), coins, values(coins))
    assert isinstance(second, Refused) and second.code == "DOUBLE_SPENT"
    assert decode(second.proof)["op"] == "hold"
    assert world.alice.call("status", M) == HoldStatus("none", [])


def test_a_coin_spent_elsewhere_leaves_the_purse_when_the_bank_says_so(world: Any, make_payer: Any) -> None:
    world.alice.withdraw(96)
    twin = make_payer(world.bank, "twin")
    assert [twin.call("restore", value, 0, 4) for value in (32, 64)] == [1, 1]
    world.payee("deposit", twin.coins(64, L))
    refused = world.alice.call("hold", world.order(M, 96), (coins := world.alice.coins(96, M)), values(coins))
    assert refused.code == "DOUBLE_SPENT"
    world.alice.purse.free(M)
    assert world.alice.balance() == 32


def test_one_coin_twice_in_a_message_is_refused(world: Any) -> None:
    world.alice.withdraw(64)
    coin = world.alice.coins(64, L)[0]
    refused = world.payee("deposit", [coin, coin])
    assert refused.code == "PAYMENT_REFUSED" and "twice" in refused.why
    assert world.payee("deposit", [coin]) == Settled()


@pytest.mark.parametrize("change", [{"value": 128}, {"message": bytes(64)}, {"signature": bytes(256)}, {"value": 3}])
def test_a_coin_changed_anywhere_is_refused(world: Any, change: dict[str, Any]) -> None:
    world.alice.withdraw(64)
    coin = world.alice.coins(64, L)[0]
    assert world.payee("deposit", [msgspec.structs.replace(coin, **change)]).code == "PAYMENT_REFUSED"
    assert world.bank.balance("customer:eurocom") == 0


# --- money out of nothing


def test_a_refresh_cannot_make_more_than_it_takes(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    assert world.alice.call("refresh", coins, [64, 1]).code == "PAYMENT_REFUSED"
    assert world.alice.call("refresh", coins, [32]).code == "PAYMENT_REFUSED"
    assert world.bank.balance(COINS_AT_LARGE) == 64


def test_a_withdrawal_cannot_exceed_the_account_or_differ_from_its_coins(world: Any) -> None:
    assert "less" in world.alice.call("withdraw", Money(10_001, "EUR"), [2048] * 4 + [1024, 512, 256, 16, 1]).why
    assert world.alice.call("withdraw", Money(64, "EUR"), [64, 64]).code == "PAYMENT_REFUSED"
    assert world.alice.call("withdraw", Money(64, "USD"), [64]).code == "PAYMENT_REFUSED"
    assert world.bank.balance("customer:alice") == 10_000


def test_a_withdrawal_that_nobody_signed_is_refused(world: Any) -> None:
    world.alice.line.account = ""
    assert world.alice.withdraw(64).code == "PAYMENT_REFUSED"
    assert world.ask(op="withdraw", amount=Money(1, "EUR"), outputs=[], account="")["ecash/1"] == "refused"


def test_the_bank_account_of_a_withdrawal_is_a_customers(world: Any) -> None:
    world.alice.line.account = "mint:held"
    assert world.alice.withdraw(64).code == "PAYMENT_REFUSED"


def test_a_negative_withdrawal_is_refused(world: Any) -> None:
    outputs = [{"value": 1, "blinded": b"\x02" * 256}]
    answer = world.ask("customer:alice", op="withdraw", amount={"minor": -1, "currency": "EUR"}, outputs=outputs)
    assert answer["ecash/1"] == "refused"


@pytest.mark.parametrize("blinded", [b"", b"\x01", bytes(256), b"\xff" * 256, bytes(255) + b"\x01", b"\x02" * 255])
def test_what_no_key_can_sign_is_refused_before_any_money_moves(world: Any, blinded: bytes) -> None:
    outputs = [{"value": 64, "blinded": blinded}]
    answer = world.ask("customer:alice", op="withdraw", amount=Money(64, "EUR"), outputs=outputs)
    assert answer["code"] == "PAYMENT_REFUSED"
    assert world.bank.balance("customer:alice") == 10_000


def test_the_mint_signs_no_coin_that_no_posting_paid_for(world: Any) -> None:
    with pytest.raises(CapabilityRefused):
        world.bank.handler(BlindSign([Output(64, b"\x02" * 256)]))


def test_restoring_gives_no_signature_on_what_was_never_issued(world: Any) -> None:
    answer = world.ask(op="restore", outputs=[{"value": 64, "blinded": b"\x02" * 256}])
    assert (answer["known"], answer["signatures"]) == ([False], [])


# --- holds: who may end them


@pytest.mark.parametrize("key", [STRANGER, "payer", "payee"])
def test_only_the_trustee_named_in_the_hold_releases_it(world: Any, key: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    wrong = {"payer": world.alice.key, "payee": world.payee_key}.get(key, key) if isinstance(key, str) else key
    assert world.trustee("release", L, world.resolved(held, wrong)).code == "SIG_INVALID"
    assert world.trustee("void", L, world.aborted(L, wrong)).code == "SIG_INVALID"
    assert world.payee("status", L).state == "held"


def test_only_the_payer_grants_capture_and_only_the_payee_renounces(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    assert world.payee("capture", L, world.right(held, world.payee_key)).code == "SIG_INVALID"
    assert world.payee("renounce", L, world.refusal(held, world.alice.key)).code == "SIG_INVALID"
    assert world.payee("status", L).state == "held"


def test_a_right_to_capture_is_no_refusal_and_no_decision(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    right = world.right(held, world.payee_key)
    assert world.payee("renounce", L, right).code == "SIG_INVALID"
    assert world.trustee("release", L, world.right(held, world.trustee_key)).code == "SIG_INVALID"


def test_a_right_or_decision_for_another_hold_does_not_count(world: Any) -> None:
    world.alice.withdraw(128)
    held, other = world.hold(L, 64), world.hold(M, 64)
    assert world.payee("capture", L, world.right(other)).code == "SIG_INVALID"
    assert world.trustee("release", L, world.resolved(other)).code == "SIG_INVALID"
    assert world.trustee("void", L, world.aborted(M)).code == "SIG_INVALID"
    assert world.payee("renounce", L, world.refusal(other)).code == "SIG_INVALID"
    assert held.label == L


def test_a_decision_to_release_must_name_the_hold_and_its_amount(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    less, another = DecidedHold(held.system, held.hold, Money(63, "EUR")), DecidedHold(held.system, b"", held.amount)
    for named in ((), (less,), (another,)):
        decision = cose.sign1(encode(Decision(L, "resolved", bytes(32), bytes(32), named)), DECISION, world.trustee_key)
        assert world.trustee("release", L, decision).code == "HOLD_INVALID"
    aborted = cose.sign1(encode(Decision(L, "aborted", bytes(32))), DECISION, world.trustee_key)
    assert world.trustee("release", L, aborted).code == "SIG_INVALID"
    assert world.trustee("void", L, world.resolved(held)).code == "SIG_INVALID"


def test_the_money_goes_to_the_payee_in_held_whoever_asks(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    world.payee_line.account = "customer:mallory"
    assert isinstance(world.payee("capture", L, world.right(held)), Settled)
    assert (world.bank.balance("customer:mallory"), world.bank.balance("customer:eurocom")) == (0, 64)


def test_whoever_comes_second_gets_the_first_ones_record(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    captured = world.payee("capture", L, world.right(held))
    assert world.trustee("release", L, world.resolved(held)) == captured
    late = world.trustee("void", L, world.aborted(L))
    assert isinstance(late, Refused) and late.proof == captured.proof
    assert world.alice.call("reclaim", L).proof == captured.proof
    assert world.bank.balance("customer:eurocom") == 64


def test_after_the_trustee_aborted_no_hold_can_be_made(world: Any) -> None:
    aborted = world.trustee("void", L, world.aborted(L))
    assert isinstance(aborted, Settled)
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    refused = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert (refused.code, refused.proof) == ("TOO_LATE", aborted.proof)
    world.alice.purse.free(L)
    assert world.alice.balance() == 64
    assert world.trustee("void", L, world.aborted(L)) == aborted


def test_a_stranger_calling_itself_trustee_stops_no_hold(world: Any) -> None:
    assert isinstance(world.trustee("void", L, world.aborted(L, STRANGER)), Settled)
    world.alice.withdraw(64)
    assert world.hold(L, 64).amount.minor == 64


def test_an_abort_that_its_claimed_trustee_did_not_sign_is_refused(world: Any) -> None:
    forged = bytearray(world.aborted(L))
    forged[-1] ^= 1
    for junk in (bytes(forged), b"\x80", b"", encode([encode({}), {}, b"", b""]), encode([encode({4: 5}), 1, 2, 3])):
        assert not isinstance(world.trustee("void", L, junk), Settled)


def test_a_second_hold_under_one_label_is_told_what_stands(world: Any) -> None:
    world.alice.withdraw(192)
    world.hold(L, 64)
    coins = world.alice.coins(128, M)
    order = world.order(L, 128)
    outputs = [{"value": 128, "blinded": b"\x02" * 256}]
    answer = world.ask(op="hold", order=order, coins=coins, outputs=outputs)
    assert (answer["ecash/1"], answer["state"]) == ("state", "held")
    assert world.held(answer["records"][0]).amount.minor == 64
    assert world.bank.balance("mint:held") == 64


@pytest.mark.parametrize(
    "change",
    [{"payee": "mint:held"}, {"payee": "x" * 300}, {"system": bytes(32)}, {"amount": Money(63, "EUR")},
     {"amount": Money(64, "USD")}, {"expiry": 1}, {"expiry": 2**40}, {"label": b"short"}, {"payer": b""}],
)  # fmt: skip
def test_a_hold_order_outside_the_rules_is_refused_and_the_coins_stay_good(world: Any, change: dict[str, Any]) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, M)
    refused = world.alice.call("hold", msgspec.structs.replace(world.order(L, 64), **change), coins, values(coins))
    assert isinstance(refused, Refused)
    assert world.payee("deposit", coins) == Settled()


# --- tampering on the way


def test_tampered_refund_outputs_are_noticed_by_the_payer(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)

    def replace_outputs(message: bytes) -> bytes:
        fields = decode(message)
        if fields["ecash/1"] == "hold":
            fields["outputs"] = [{"value": 64, "blinded": b"\x02" * 256}]
        return encode(fields)

    world.alice.line.tamper = replace_outputs
    refused = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert isinstance(refused, Refused) and refused.code == "HOLD_INVALID"
    assert world.held(refused.proof).label == L  # the bank's signature convicts whoever changed it


def test_a_bank_that_signs_other_refund_coins_is_noticed(world: Any) -> None:
    world.alice.withdraw(64)
    world.hold(L, 64)
    world.trustee("void", L, world.aborted(L))

    def swap(message: bytes) -> bytes:
        fields = decode(message)
        fields["refund"] = [bytes(256)]
        return encode(fields)

    world.alice.line.tamper_answer = swap
    with pytest.raises(PeerDeviated):
        world.alice.call("reclaim", L)
    assert world.alice.balance() == 0
    world.alice.line.tamper_answer = lambda message: message
    assert isinstance(world.alice.call("reclaim", L), Settled)


def test_a_state_that_the_bank_did_not_sign_is_not_believed(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    forged = cose.sign1(encode(held), "hold.held", STRANGER)
    world.alice.line.tamper_answer = lambda message: encode(decode(message) | {"records": [forged]})
    assert isinstance(world.alice.call("status", L), Unknown)
    coins = world.alice.purse.archive.coins("purse")
    assert not coins


@pytest.mark.parametrize(
    "answer",
    [b"", b"\xa0", b"\xff", pack({"ecash/1": "state"}), pack({"ecash/1": "signed", "signatures": []}),
     pack({"ecash/1": "state", "state": "held", "records": [], "refund": []}),
     pack({"ecash/1": "state", "state": "paid", "records": [b""], "refund": []}),
     pack({"ecash/1": "refused", "code": 5, "why": "", "proof": b""}),
     pack({"ecash/2": "signed", "signatures": [b""]})],
)  # fmt: skip
def test_an_unreadable_answer_leaves_the_payment_unknown(world: Any, answer: bytes) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.alice.line.tamper_answer = lambda message: answer
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Unknown)
    assert isinstance(world.alice.call("withdraw", Money(1, "EUR"), [1]), Unknown)
    world.alice.line.tamper_answer = lambda message: message
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Settled)


def test_a_refusal_under_an_unknown_code_gets_the_general_one(world: Any) -> None:
    strange = pack({"ecash/1": "refused", "code": "BANK_ON_FIRE", "why": "w" * 5000, "proof": b""})
    world.alice.line.tamper_answer = lambda message: strange
    refused = world.alice.withdraw(64)
    assert (refused.code, len(refused.why)) == ("PAYMENT_REFUSED", 200)


@pytest.mark.parametrize(
    "message",
    [b"", b"\x00", b"\xff" * 100, encode([]), encode({}), encode({"ecash/1": "withdraw"}), encode({"ecash/1": 7}),
     encode({"ecash/1": "rob"}), encode({"ecash/2": "status", "label": L}),
     encode({"ecash/1": "status", "label": L, "x": 1}),
     encode({"ecash/1": "status", "label": b"short"}), encode({"ecash/1": "status", "label": "text"}),
     encode({"ecash/1": "status", "label": None}), encode({"ecash/1": "spent", "keys": []}),
     encode({"ecash/1": "spent", "keys": [bytes(32)] * 65}), encode({"ecash/1": "deposit", "coins": [[64, b"", b""]]}),
     encode({"ecash/1": "deposit", "coins": [{"value": True, "message": bytes(64), "signature": b""}]}),
     encode({"ecash/1": "deposit", "coins": [{"value": 0, "message": bytes(64), "signature": b""}]}),
     encode({"ecash/1": "capture", "label": L, "right": bytes(20_000)}),
     encode({"ecash/1": ["status"], "label": L}), encode({"ecash/1": {"status": 1}, "label": L})],
)  # fmt: skip
def test_a_message_outside_the_format_is_answered_and_moves_nothing(world: Any, message: bytes) -> None:
    answer = decode(world.bank.answer(message, "customer:alice"))
    assert (answer["ecash/1"], answer["code"]) == ("refused", "ENCODING_INVALID")


def test_every_one_byte_change_of_a_hold_message_is_harmless(world: Any) -> None:
    """Whatever a changed message makes the bank do, no coin is spent twice and no money appears."""
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.alice.line.lose = "message"
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Unknown)
    message = world.alice.line.sent[-1][0]
    for place in range(0, len(message), 37):
        changed = bytearray(message)
        changed[place] ^= 0x41
        world.bank.answer(bytes(changed))
        assert world.total() == 10_000
        assert world.bank.balance("mint:held") + world.bank.balance(COINS_AT_LARGE) == 64


# --- at the same time


def first_do(world: Any, meanwhile: Any) -> None:
    """Let `meanwhile` happen at the bank just before the next posting, as if another request had been faster."""
    whole = world.bank.handler

    def answer(request: Any) -> Any:
        if isinstance(request, Post):
            world.bank.handler = whole
            meanwhile()
        return whole(request)

    world.bank.handler = answer


@pytest.mark.parametrize("first, second", [("capture", "void"), ("void", "capture"), ("release", "capture")])
def test_of_two_ends_at_the_same_time_one_counts_and_both_get_its_record(world: Any, first: str, second: str) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    ends = {
        "capture": lambda: world.payee("capture", L, world.right(held)),
        "void": lambda: world.trustee("void", L, world.aborted(L)),
        "release": lambda: world.trustee("release", L, world.resolved(held)),
    }
    done: list[Any] = []
    first_do(world, lambda: done.append(ends[first]()))
    late = ends[second]()
    assert isinstance(done[0], Settled) and late.proof == done[0].proof
    assert world.bank.balance("customer:eurocom") == (0 if first == "void" else 64)
    assert world.total() == 10_000


def test_an_abort_just_before_the_hold_is_posted_stops_it(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    first_do(world, lambda: world.trustee("void", L, world.aborted(L)))
    refused = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert (refused.code, world.bank.balance("mint:held")) == ("TOO_LATE", 0)


def test_a_hold_just_before_the_abort_is_posted_is_voided_by_it(world: Any) -> None:
    world.alice.withdraw(64)
    first_do(world, lambda: world.hold(L, 64))
    assert isinstance(world.trustee("void", L, world.aborted(L)), Settled)
    assert isinstance(world.alice.call("reclaim", L), Settled)
    assert (world.alice.balance(), world.bank.balance("mint:held")) == (64, 0)


def test_two_spendings_at_the_same_time_are_one(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    first_do(world, lambda: world.payee("deposit", coins))
    refused = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert refused.code == "DOUBLE_SPENT"
    assert (world.bank.balance("customer:eurocom"), world.bank.balance("mint:held")) == (64, 0)


# --- records and decisions of other exchanges


def test_an_abort_of_another_exchange_stops_no_hold(world: Any) -> None:
    assert world.trustee("void", L, world.aborted(M)).code == "SIG_INVALID"
    world.alice.withdraw(64)
    assert world.hold(L, 64).label == L


def test_a_voided_record_of_another_hold_is_not_taken_for_ours(world: Any) -> None:
    world.alice.withdraw(128)
    world.hold(M, 64)
    world.trustee("void", M, world.aborted(M))
    other = decode(world.ask_raw(op="status", label=M))
    coins = world.alice.coins(64, L)
    for records in (other["records"], other["records"][1:]):
        answer = encode(other | {"records": records})
        world.alice.line.tamper_answer = lambda message, answer=answer: answer
        assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Unknown)
    assert world.alice.purse.reserved().minor == 64


@pytest.mark.parametrize("handed, named", [(128, 64), (64, 128)])
def test_a_hold_takes_exactly_the_coins_of_its_amount(world: Any, handed: int, named: int) -> None:
    world.alice.withdraw(192)
    coins = world.alice.coins(handed, L)
    refused = world.alice.call("hold", world.order(L, named), coins, [named])
    assert refused.code == "PAYMENT_REFUSED" and world.bank.balance("mint:held") == 0
    assert world.payee("deposit", coins) == Settled()


def test_eight_depositors_of_one_coin_at_once_get_it_once(world: Any) -> None:
    world.alice.withdraw(64)
    message = pack({"ecash/1": "deposit", "coins": world.alice.coins(64, L)})
    accounts = [f"customer:{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = [decode(each) for each in pool.map(lambda account: world.bank.answer(message, account), accounts)]
    assert sorted(answer["ecash/1"] for answer in answers) == ["deposited"] + ["refused"] * 7
    assert sum(world.bank.balance(account) for account in accounts) == 64
    assert world.bank.balance(COINS_AT_LARGE) == 0
