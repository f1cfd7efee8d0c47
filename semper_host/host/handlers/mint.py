"""Answers to the bank side of a payment system: the mint's keys, the ledger, the bank's signature."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from semper_host.api_v1.bank_holds import held_of, settlement_of
from semper_host.host import builds
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.handlers.verifying import verified
from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import CapabilityRefused
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Held, Settlement
from semper_host.model.requests import (
    Attest,
    BlindSign,
    CheckCoins,
    CheckOutputs,
    Coin,
    HoldRow,
    HoldState,
    Issued,
    Mint,
    MintView,
    Now,
    Output,
    Post,
    Posted,
    Request,
    Spent,
    Verify,
)
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.ledger.ledger import Ledger

_ISSUED = "ecash-issued"
_ATTESTED: dict[str, type[Held] | type[Settlement]] = {
    HELD: Held, CAPTURED: Settlement, RELEASED: Settlement, VOIDED: Settlement,
}  # fmt: skip


class _PaidBefore(Exception):
    """Another posting paid for one of these coins."""


class MintHandler:
    """Answers what a bank's side asks. Signatures are deterministic: the same request always gets the same bytes."""

    def __init__(
        self,
        archive: Archive,
        ledger: Ledger,
        keys: MintKeys,
        signing: SigningKey,
        clock: Callable[[], int],
        bundle: bytes = b"",
    ) -> None:
        """`bundle`: the digest of the bundle that asks; on what it ran is recorded with each hold that it posts."""
        self._archive, self._ledger, self._bundle = archive, ledger, bundle
        self._keys, self._signing = keys, signing
        self._answers: dict[type[Request], Callable[[Any], Any]] = {
            Mint: lambda _: MintView(keys.keyset.currency, signing.public), Now: lambda _: clock(),
            BlindSign: self._blind_sign, CheckOutputs: self._check_outputs, CheckCoins: self._check_coins,
            Post: self._post, HoldState: self._hold_state, Issued: self._issued, Spent: self._spent,
            Attest: self._attest, Verify: verified,
        }  # fmt: skip

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused for what a bank has no answer to."""
        answer = self._answers.get(type(request))
        if answer is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__} at a bank")
        return answer(request)

    def _post(self, request: Post) -> Posted:
        """Post, and record what the posting pays for, in one commit. No coin is paid for twice: it would be lost.

        Only a hold's end may name coins that were paid for before: whoever made the hold chose them for itself.
        """

        def work(tx: Any) -> Posted:
            posted = self._ledger.post(tx, request)
            if posted.done:
                if request.label and self._bundle:
                    builds.record(self._archive, tx, request.label, self._bundle)
                for output in request.issue:
                    first = self._archive.write_once(tx, _ISSUED, _issue_key(output), request.key)
                    if first not in (None, request.key) and not request.label:
                        raise _PaidBefore
            return posted

        try:
            return self._archive.commit(work)
        except _PaidBefore:
            return Posted(False, "issued")

    def _hold_state(self, request: HoldState) -> HoldRow | None:
        return self._ledger.hold(None, request.label)

    def _issued(self, request: Issued) -> list[bool]:
        return [self._archive.written(_ISSUED, _issue_key(output)) is not None for output in request.outputs]

    def _spent(self, request: Spent) -> list[bool]:
        return [self._ledger.spent(None, key) is not None for key in request.keys]

    def _blind_sign(self, request: BlindSign) -> list[bytes]:
        """Sign only what a posting paid for: a bundle that is wrong about the money can't print any."""
        if not all(self._issued(Issued(request.outputs))):
            raise CapabilityRefused("CAPABILITY_REFUSED", "cannot sign a coin that no posting paid for")
        return [blind_rsa.blind_sign(self._keys.secret(output.value), output.blinded) for output in request.outputs]

    def _check_outputs(self, request: CheckOutputs) -> list[bool]:
        return [self._signable(output) for output in request.outputs]

    def _signable(self, output: Output) -> bool:
        key = self._keys.keyset.key(output.value)
        if key is None or len(output.blinded) != key.size:
            return False
        return 1 < int.from_bytes(output.blinded, "big") < key.n - 1

    def _check_coins(self, request: CheckCoins) -> list[bool]:
        return [self._genuine(coin) for coin in request.coins]

    def _genuine(self, coin: Coin) -> bool:
        key = self._keys.keyset.key(coin.value)
        return key is not None and blind_rsa.verify(key, coin.message, coin.signature)

    def _attest(self, request: Attest) -> bytes:
        """Sign a hold's state, and nothing else: exactly a record of model.holds, of the kind named."""
        kind = _ATTESTED.get(request.kind)
        if kind is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign {request.kind!r} for a bundle")
        try:
            record = kind.decode(request.payload)
        except MalformedEncoding as error:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign for a bundle: {error.message}") from None
        if not self._true(request.kind, record):
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign {request.kind!r}: the ledger says otherwise")
        return cose.sign1(request.payload, request.kind, self._signing)

    def _true(self, kind: str, record: Held | Settlement) -> bool:
        """Say whether the ledger has the hold in the state named; VOIDED may also stand for a hold that never was."""
        row = self._ledger.hold(None, record.label)
        if row is None:
            return kind == VOIDED and not record.amount
        if isinstance(record, Held):
            return record == held_of(row) and record.system == self._signing.public
        return kind == f"hold.{row.state}" and record == settlement_of(row)


def _issue_key(output: Output) -> bytes:
    return sha256(b"semper/ecash-issued/1" + encode([output.value, output.blinded])).digest()
