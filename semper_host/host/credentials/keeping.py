"""An issuer keeps what it sold: pending under L, until it is final or L's trustee has it revoked (DESIGN §6).

A credential issued in an exchange stands from the beginning; its place is written down before anything is signed. The
first to come ends that: its holder has it made final, or the trustee's word "aborted" on L revokes it. The signed
record of either is written once and never taken back, so who asks again gets the same. Nobody else can revoke it, the
issuer's operator included: it was paid for under terms that say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semper_host.exchange.items import Token
from semper_host.exchange.requests import ABORTED
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.host.credentials.issuing import is_revoked, revoke_place, sold_under, write_sold
from semper_host.model.credentials import CREDENTIAL, Credential
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.holds import DECISION, Decision
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

_PENDING, _ENDED = "credential-pending", "credential-ended"


class Pending(Record, frozen=True):
    """A place that waits under a label: `index` of the status list `name`; whose decision can revoke it."""

    name: str
    index: int
    trustee: bytes


@dataclass(frozen=True)
class StatusKeeper:
    """What an issuer keeps of its exchanges, in its archive. `signing` is the key that labels name."""

    archive: Archive
    signing: SigningKey

    def pend(self, label: bytes, name: str, index: int, trustee: bytes) -> None:
        """Write down that the place waits under L, before its credential is signed; again, it changes nothing.

        Raises UsageError where the place was given in another exchange, or revoked before it was sold.
        """
        waiting = encode(Pending(name, index, trustee))

        def work(tx: Any) -> bytes | None:
            if sold_under(self.archive, name, index, tx) is None and is_revoked(self.archive, name, index, tx):
                message = f"cannot issue at place {index} of {name!r}: it was revoked before it was sold"
                raise UsageError("USAGE_INVALID", message)
            other = write_sold(self.archive, tx, name, index, label)
            if other in (None, label):
                self.archive.write_once(tx, f"{_PENDING}/{label.hex()}", _key(index), waiting)
            return other

        # COMMIT POINT: from here on only the holder or the trustee ends it
        if self.archive.commit(work) not in (None, label):
            raise UsageError("USAGE_INVALID", f"cannot issue at place {index} of {name!r}: it was given before")

    def make_final(self, signed: bytes, now: int) -> Token:
        """Return the signed record of how the place of our credential ended: FINAL, unless it was revoked before.

        Raises PeerDeviated (SIG_INVALID, CREDENTIAL_DECLINED) for what we did not issue in an exchange.
        """
        found = Credential.decode(cose.open1(signed, CREDENTIAL, self.signing.public))
        place = next((each for each in self._pending(found.label) if each.index == found.index), None)
        if place is None or place.name != found.described.status:
            message = "cannot make the credential final: it was not issued in an exchange"
            raise PeerDeviated("CREDENTIAL_DECLINED", message, evidence=signed)
        return self._end(found.label, place, FINAL, now)

    def obey(self, label: bytes, decision: bytes, now: int) -> tuple[Token, ...]:
        """Revoke what is pending under L on its trustee's "aborted"; return how each place ended.

        Raises PeerDeviated (CREDENTIAL_DECLINED, SIG_INVALID) where nothing was issued under L, or another decided.
        """
        waiting = self._pending(label)
        if not waiting:
            raise PeerDeviated("CREDENTIAL_DECLINED", "cannot revoke: nothing was issued here in that exchange")
        decided = Decision.decode(cose.open1(decision, DECISION, waiting[0].trustee))
        if (decided.label, decided.verdict) != (label, ABORTED):
            message = "cannot revoke: the trustee did not call that exchange off"
            raise PeerDeviated("CREDENTIAL_DECLINED", message, evidence=decision)
        return tuple(self._end(label, place, REVOKED, now) for place in waiting)

    def ends(self, label: bytes) -> tuple[Token, ...]:
        """Return the records of the places that ended under L."""
        found = (self.archive.written(_ENDED, label + _key(each.index)) for each in self._pending(label))
        return tuple(Token.decode(data) for data in found if data is not None)

    def _pending(self, label: bytes) -> list[Pending]:
        return [Pending.decode(data) for _, data in self.archive.all_written(f"{_PENDING}/{label.hex()}")]

    def _end(self, label: bytes, place: Pending, kind: str, now: int) -> Token:
        ended = Token(kind, cose.sign1(encode(StatusEnd(label, place.index, now)), kind, self.signing))

        def work(tx: Any) -> bytes | None:
            standing = self.archive.write_once(tx, _ENDED, label + _key(place.index), encode(ended))
            if standing is None and kind == REVOKED:
                revoke_place(self.archive, tx, place.name, place.index)
            return standing

        standing = self.archive.commit(work)  # COMMIT POINT: the first word stands
        return ended if standing is None else Token.decode(standing)


def _key(index: int) -> bytes:
    return index.to_bytes(8, "big")
