"""What strangers handed over for this home's person, until the person takes it or not: bounded, and gone when over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from msgspec.structs import replace

from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.consignment_state import Seated
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, Unavailable, UsageError
from semper_host.supporting.archive.store import Transaction

MOST_LETTER = 1024 * 1024
"""Bytes of a stranger's call that are looked at, and so of what is kept of one."""
MOST_LETTERS, MOST_KEPT = 64, 16 * 1024 * 1024
"""So many letters wait for the person at a time, with so many bytes together."""
_NOTICES, _LETTERS = b"letters", b"letters' content"


class Letter(Record, frozen=True):
    """All of a transfer that a stranger handed over."""

    invitation: bytes  # signed
    seat: int
    joinings: tuple[bytes, ...]
    handed: Handed

    @property
    def seated(self) -> tuple[Seated, ...]:
        """Who has joined, as a journal has it."""
        return tuple(Seated(seat, each) for seat, each in enumerate(self.joinings, 1))


class Notice(Record, frozen=True):
    """What a list shows of a letter. Times are seconds since 1970."""

    title: str
    at: int  # when it came
    until: int
    names: tuple[str, ...]  # of all recipients
    origin: bool
    receipt: str
    size: int
    digest: bytes  # SHA-256 of the letter: the first one counts
    declined: bool = False


@dataclass(frozen=True)
class Letters:
    """All letters of one home. That one was declined is remembered until its time is over: it does not come again."""

    home: Home
    clock: Callable[[], int]

    def keep(self, number: bytes, notice: Notice, letter: Letter) -> Notice:
        """Keep a letter and return its notice; that of the one which came before, where one did.

        Raises Unavailable OVERLOADED where too many wait.
        """

        def work(tx: Transaction) -> Notice:
            self._clear(tx)
            known = self._notice(number, tx)
            if known is not None:
                return known
            waiting = [each for each in self._notices(tx).values() if not each.declined]
            if len(waiting) >= MOST_LETTERS or sum(each.size for each in waiting) + notice.size > MOST_KEPT:
                raise Unavailable("OVERLOADED", "cannot keep the transfer: too many wait to be taken; try later")
            self.home.archive.keep(tx, _LETTERS, number.hex(), encode(letter))
            self.home.archive.keep(tx, _NOTICES, number.hex(), encode(notice))
            return notice

        # COMMIT POINT: what the sender hears is here is here
        return self.home.archive.commit(work)

    def notice(self, number: bytes) -> Notice | None:
        """Return the notice of a letter, declined ones included; None where there is none whose time is not over."""
        found = self._notice(number)
        return None if found is None or self.clock() > found.until else found

    def waiting(self) -> dict[bytes, Notice]:
        """Return what waits for the person, by number."""
        now, notices = self.clock(), self.home.archive.read(self._notices)
        return {number: each for number, each in notices.items() if now <= each.until and not each.declined}

    def letter(self, number: bytes) -> Letter:
        """Return what waits under `number`. Raises UsageError DEAL_UNKNOWN."""
        found = self.home.archive.recall(_LETTERS, number.hex()) if number in self.waiting() else None
        if found is None:
            raise UsageError("DEAL_UNKNOWN", f"cannot find the transfer {number.hex()[:16]}: none such waits for you")
        return Letter.decode(found)

    def decline(self, number: bytes) -> None:
        """Take nothing, and keep nothing of it but that it was declined. Raises UsageError DEAL_UNKNOWN."""
        notice = self.waiting().get(number)
        if notice is None:
            self.letter(number)
        else:
            declined = replace(notice, declined=True, size=0, title="", names=())

            def work(tx: Transaction) -> None:
                self.home.archive.discard(tx, _LETTERS, number.hex())
                self.home.archive.keep(tx, _NOTICES, number.hex(), encode(declined))

            self.home.archive.commit(work)

    def discard(self, tx: Transaction, number: bytes) -> None:
        """Forget a letter, as a journal has it now."""
        for scope in (_NOTICES, _LETTERS):
            self.home.archive.discard(tx, scope, number.hex())

    def clear(self) -> None:
        """Forget all whose time is over."""
        self.home.archive.commit(self._clear)

    def _clear(self, tx: Transaction) -> None:
        for number, each in self._notices(tx).items():
            if self.clock() > each.until:
                self.discard(tx, number)

    def _notice(self, number: bytes, tx: Transaction | None = None) -> Notice | None:
        found = self.home.archive.recall(_NOTICES, number.hex(), tx)
        return None if found is None else Notice.decode(found)

    def _notices(self, tx: Transaction) -> dict[bytes, Notice]:
        names = self.home.archive.kept_names(_NOTICES, tx)
        found = {bytes.fromhex(name): self._notice(bytes.fromhex(name), tx) for name in names}
        return {number: each for number, each in found.items() if each is not None}


def digest_of(letter: Letter) -> bytes:
    """Return what tells a letter from another one under its number."""
    return sha256(encode(letter)).digest()


def check_same(known: bytes, letter: Letter) -> None:
    """Refuse another letter than the one that was kept. Raises PeerDeviated PEER_DEVIATED."""
    if known != digest_of(letter):
        message = "cannot take the parcel: a different one came before"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=encode(letter))
