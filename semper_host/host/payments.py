"""The payment manager: purses of this home, and the payment-system bundles that work them (DESIGN §8).

The host picks and hands over the coins; the bundle composes the bank's messages; what comes back is Settled,
Refused (nothing moved) or Unknown (ask again, never pay again).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.admission.pack import read_pack
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.api_v1 import HoldOrder, HoldStatus, Paid, Refused, Settled, Unknown
from semper_host.host import installed, trusting
from semper_host.host.bank_line import account_of, ask_bank
from semper_host.host.coin_selection import split
from semper_host.host.handlers.keyset import Keyset, read_keyset
from semper_host.host.handlers.purse import PartyHandler, PurseHandler
from semper_host.host.handlers.purse_state import Purse, change_label, exact_coins
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.installed import Decided
from semper_host.host.purse_records import PurseRecord, keep_purse, purse_record, purse_records
from semper_host.host.revocation import check_not_revoked
from semper_host.host.sandbox import Answer, Sandbox, call_id
from semper_host.model.error_codes import CODES
from semper_host.model.errors import (
    AdmissionRefused,
    BundleMisbehaved,
    PeerDeviated,
    SemperError,
    Unavailable,
    UsageError,
)
from semper_host.model.money import Money
from semper_host.model.requests import Coin, Reply
from semper_host.supporting.archive.purses import CoinState
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.signing import SigningKey

KEYS_PATH, PACK_PATH = "/semper/v1/keys", "/semper/v1/payment-system"
MOST_STATEMENT = 256 * 1024
RESTORE_RUN = 512
"""Restoring stops after so many counters in a row without a coin."""
ONCE = ("payer.hold", "payer.refresh")
"""What a deal does once, and without where its replay diverges. All else is asked anew until its proof is good."""


@dataclass(frozen=True)
class OpenPurse:
    """A purse with everything needed to work it."""

    record: PurseRecord
    keys: ServiceKeys
    keyset: Keyset
    bundle: Admitted
    purse: Purse
    account: SigningKey

    @property
    def account_name(self) -> str:
        """The account at the bank that this home holds."""
        return account_of(self.account.public)


@dataclass
class Payments:
    """Everything about money in one home."""

    home: Home
    sandbox: Sandbox
    client: Client

    @property
    def heads(self) -> Heads:
        """How this home keeps up with repositories."""
        return Heads(self.home, self.client)

    def over(self, line: Client) -> Payments:
        """Return the same, but asking banks over `line`: the one of a deal, say."""
        return Payments(self.home, self.sandbox, line)

    def open(self, url: str, now: int, name: str = "") -> OpenPurse:
        """Open a purse at the bank that answers at `url`: verify who it is, obtain and admit its payment system."""
        statement = self.client.get(url + KEYS_PATH, MOST_STATEMENT)
        keys, certified = open_service_keys(statement, "bank", trusting.load(self.home.trust).roots, now)
        bundle = installed.install(self.home, read_pack(self.client.get(url + PACK_PATH)), now, self.heads)
        check_not_revoked(self.home, now, certified)
        if bundle.manifest.kind != "payment-system" or bundle.manifest.id != keys.system:
            raise AdmissionRefused(
                "MANIFEST_INVALID",
                f"cannot open a purse: the bank handed over {bundle.manifest.name}, not its payment system",
            )
        keyset = read_keyset(keys.keyset)
        purse_name = name or f"{keyset.currency.lower()}@{sha256(keys.signing).hexdigest()[:8]}"
        record = PurseRecord(purse_name, certified.name, keys.url, statement, bundle.digest)
        self._check_own(record, keyset)
        keep_purse(self.home, record)
        return self._opened(record, now)

    def purses(self, now: int) -> list[OpenPurse]:
        """Return all purses of this home."""
        return [self._opened(record, now) for record in purse_records(self.home)]

    def banks(self) -> tuple[bytes, ...]:
        """Return the signing keys of the banks at which this home has a purse, whether they answer now or not."""
        return tuple(record.stated.signing for record in purse_records(self.home))

    def purse(self, name: str, now: int) -> OpenPurse:
        """Return the purse `name`. Raises UsageError USAGE_INVALID where there is none."""
        record = purse_record(self.home, name)
        if record is None:
            raise UsageError(
                "USAGE_INVALID", f"cannot find a purse {name!r}: `semper purse list` shows those there are"
            )
        return self._opened(record, now)

    def purse_at(self, system_key: bytes, now: int, decided: tuple[Decided, ...] = ()) -> OpenPurse:
        """Return the purse at the bank that signs with `system_key`; its bundle as `decided` when a deal began.

        Raises UsageError NO_COMMON_PAYMENT.
        """
        for record in purse_records(self.home):
            if record.stated.signing == system_key:
                return self._opened(record, now, decided)
        raise UsageError(
            "NO_COMMON_PAYMENT", "cannot pay: no purse at the bank that the seller takes; `semper purse open` makes one"
        )

    def withdraw(self, purse: OpenPurse, amount: Money) -> Paid:
        """Turn money of the account into coins in the purse."""
        values = split(amount.minor, purse.keyset.values)
        paid: Paid = self._pay(purse, "payer.withdraw", (amount, values))
        return paid

    def hold(self, purse: OpenPurse, order: HoldOrder, deal: bytes = b"") -> Paid:
        """Put exactly the ordered amount into a hold; Settled with the bank's signed HELD.

        Repeated, it is the same hold. With a `deal`, its bundle's calls are journalled and go on after a crash.
        """

        def refresh(coins: Any, values: Any) -> Any:
            return self._pay(purse, "payer.refresh", (coins, values), deal)

        coins = exact_coins(purse.purse, order.amount, order.label, refresh)
        if isinstance(coins, Refused | Unknown):
            return coins
        refund = split(order.amount.minor, purse.keyset.values)
        result: Paid = self._pay(purse, "payer.hold", (order, coins, refund), deal)
        if isinstance(result, Refused):
            purse.purse.free(order.label)
        return result

    def reclaim(self, purse: OpenPurse, label: bytes, deal: bytes = b"") -> Paid:
        """Take the coins of a voided hold back, or free what was reserved for a hold that the bank will never make.

        Settled without proof where no hold was ever tried. Unknown while the bank may still hold, or come to
        hold, the money.
        """
        status = self.status(purse, label)
        if isinstance(status, Unknown):
            return status
        if status.state == "none":
            return self._take_back(purse, label)
        result: Paid = self._pay(purse, "payer.reclaim", (label,), deal)  # voids a hold that has expired
        if isinstance(result, Refused) and status.state == "held":
            return Unknown("the bank still holds the money; the trustee's decision has not reached it")
        if isinstance(result, Refused) and status.state == "voided":
            purse.purse.free(label)  # the trustee's word stands at the bank against any hold under this label
            return Settled(status.records[-1])
        return result

    def _take_back(self, purse: OpenPurse, label: bytes) -> Paid:
        """Free what is reserved for a hold that the bank has not heard of; it may still be on its way there.

        Exchanging the very coins for others settles it: either the hold then comes too late, or it came first.
        """
        if purse.purse.paid(label):
            return Unknown("the bank says that it holds nothing, but it signed that it holds the money")
        reserved = self.home.archive.coins(purse.record.name, CoinState.RESERVED)
        for name in (label, change_label(label)):
            coins = [msgspec.msgpack.decode(row.coin, type=Coin) for row in reserved if row.label == name]
            if coins:
                values = split(sum(coin.value for coin in coins), purse.keyset.values)
                result: Paid = self._pay(purse, "payer.refresh", (coins, values))
                if not isinstance(result, Settled):
                    return Unknown(f"the bank has not heard of the hold, which may be on its way: {result.why}")
        return Settled()

    def status(self, purse: OpenPurse, label: bytes) -> HoldStatus | Unknown:
        """Ask the bank for the state of a hold this home made."""
        status: HoldStatus | Unknown = self._pay(purse, "payer.status", (label,))
        return status

    def restore(self, purse: OpenPurse) -> int:
        """Find all coins that the seed gave, after the loss of the archive; return how many the bank ever issued."""
        found = 0
        for value in purse.keyset.values:
            first, empty = 0, 0
            while empty < RESTORE_RUN:
                got = self._pay(purse, "payer.restore", (value, first, 32))
                if isinstance(got, Unknown):
                    raise Unavailable("PEER_UNREACHABLE", f"cannot restore the purse: {got.why}")
                found, first, empty = found + got, first + 32, 0 if got else empty + 32
        return found

    def party(
        self, bundle: Admitted, keys: ServiceKeys, role: str, entry: str, arguments: tuple[Any, ...], deal: bytes = b""
    ) -> Any:
        """Call the payee or trustee side of a payment system at the bank with `keys`; journalled with a `deal`."""
        ask = self._asking(keys, SigningKey.from_seed(self.home.keyring.seed("account")))
        handler = PartyHandler(self.home.archive, b"party/" + keys.signing, ask, _clock)
        return self._run(bundle, f"{role}.{entry}", arguments, handler, deal)

    def _pay(self, purse: OpenPurse, entry: str, arguments: tuple[Any, ...], deal: bytes = b"") -> Any:
        seed = self.home.keyring.seed(f"purse.{purse.keyset.id.hex()[:32]}")
        handler = PurseHandler(purse.purse, seed, self._asking(purse.keys, purse.account), _clock)
        return self._run(purse.bundle, entry, arguments, handler, deal)

    def _run(self, bundle: Admitted, entry: str, arguments: tuple[Any, ...], handler: Answer, deal: bytes) -> Any:
        grants = runtime_grants(bundle.manifest.kind, bundle.grants)
        call, once = call_id(deal, entry, arguments) if deal else b"", entry in ONCE
        try:
            return self.sandbox.run(bundle, grants, entry, arguments, handler, call=call, deal=deal, once=once)
        except BundleMisbehaved as error:
            if error.code == "REPLAY_DIVERGED" and not once:
                self.sandbox.forget(call)
            raise

    def _asking(self, keys: ServiceKeys, account: SigningKey) -> Callable[[bytes, bool], Reply]:
        return lambda message, sign: ask_bank(self.client, keys, account, message, sign)

    def _check_own(self, record: PurseRecord, keyset: Keyset) -> None:
        """Refuse to mix coins: a purse is of one bank, and a mint's coins, made from one seed, are in one purse."""
        for other in purse_records(self.home):
            same_coins = read_keyset(other.stated.keyset).id == keyset.id
            same_bank = (other.bank, other.stated.signing) == (record.bank, record.stated.signing)
            if other.name == record.name and not (same_bank and same_coins):
                why = f"the purse {other.name} is for the coins of {other.bank}; choose another name"
            elif other.name != record.name and same_coins:
                why = f"the purse {other.name} at {other.bank} has the coins of this mint already"
            else:
                continue
            raise UsageError("USAGE_INVALID", f"cannot open the purse {record.name}: {why}")

    def _renewed(self, record: PurseRecord, now: int) -> PurseRecord:
        """Return the record with its bank's current keys where the kept ones have expired: deals may still need them.

        The bank must be the same, with the same signing key and mint.
        """
        if now < record.stated.not_after:
            return record
        statement = self.client.get(record.url + KEYS_PATH, MOST_STATEMENT)
        keys, certified = open_service_keys(statement, "bank", trusting.load(self.home.trust).roots, now)
        renewed = replace(record, bank=certified.name, url=keys.url, statement=statement)
        self._check_own(renewed, read_keyset(keys.keyset))
        keep_purse(self.home, renewed)
        return renewed

    def _opened(self, record: PurseRecord, now: int, decided: tuple[Decided, ...] = ()) -> OpenPurse:
        """Open a purse as of now; with what was `decided` when a deal began, as of then: its bank is the one known
        then, whatever became of the bank's certificate or of our trust since.
        """
        if decided:
            keys = record.stated
        else:
            record = self._renewed(record, now)
            keys, _ = open_service_keys(record.statement, "bank", trusting.load(self.home.trust).roots, now)
        keyset = read_keyset(keys.keyset)
        bundle = installed.as_decided(self.home, record.bundle, decided, now, self.heads)
        account = SigningKey.from_seed(self.home.keyring.seed("account"))
        return OpenPurse(record, keys, keyset, bundle, Purse(self.home.archive, record.name, keyset), account)


def proof_of(paid: Paid, doing: str) -> bytes:
    """Return the proof of a settled operation. Raises PeerDeviated (the bank's code) or Unavailable PAYMENT_UNKNOWN."""
    if isinstance(paid, Settled):
        return paid.proof
    if isinstance(paid, Unknown):
        raise Unavailable("PAYMENT_UNKNOWN", f"cannot tell whether {doing} happened: {paid.why}")
    raise _refusal(paid, doing)


def _refusal(paid: Refused, doing: str) -> SemperError:
    code = paid.code if paid.code in CODES else "PAYMENT_REFUSED"  # a bundle may say anything
    return PeerDeviated(code, f"cannot {doing}: {paid.why}", evidence=paid.proof)


def _clock() -> int:
    return int(time.time())
