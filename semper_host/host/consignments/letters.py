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
"""So many letters of strangers wait for the person at a time, with so many bytes together."""
MOST_EACH, MOST_KEPT_EACH = 16, 4 * 1024 * 1024
"""The same of those who show one pass (`passes`): nobody else can fill that room."""
SHORTLY = 7 * 24 * 3600
"""Seconds that a stranger's letter may wait once half of their room is taken: what floods it drains by itself."""
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
    shown: str = ""  # the name of the pass that its sender showed


@dataclass(frozen=True)
class Letters:
    """All letters of one home. That one was declined is remembered until its time is over: it does not come again."""

    home: Home
    clock: Callable[[], int]

    def keep(self, number: bytes, notice: Notice, letter: Letter) -> Notice | None:
        """Keep a letter and return its notice; that of the one which came before, where one did.

        None, and nothing is kept, where the person has taken that one by now. Raises Unavailable OVERLOADED where too
        many wait.
        """

        def work(tx: Transaction) -> Notice | None:
            self._clear(tx)
            if self.home.archive.journal(number, tx):
                return None
            known = self._notice(number, tx)
            if known is not None:
                return known
            self._check_room(tx, notice)
            self.home.archive.keep(tx, _LETTERS, number.hex(), encode(letter))
            self.home.archive.keep(tx, _NOTICES, number.hex(), encode(notice))
            return notice

        # COMMIT POINT: what the sender hears is here is here
        return self.home.archive.commit(work)

    def _check_room(self, tx: Transaction, notice: Notice) -> None:
        """Require room for one more of those who show the same pass, or of strangers. Raises Unavailable OVERLOADED."""
        most, bytes_most = (MOST_EACH, MOST_KEPT_EACH) if notice.shown else (MOST_LETTERS, MOST_KEPT)
        theirs = [each for each in self._notices(tx).values() if not each.declined and each.shown == notice.shown]
        size = sum(each.size for each in theirs) + notice.size
        if len(theirs) >= most or size > bytes_most:
            raise Unavailable("OVERLOADED", "cannot keep the transfer: too many wait to be taken; try later")
        half = 2 * len(theirs) >= most or 2 * size > bytes_most
        if half and not notice.shown and notice.until > self.clock() + SHORTLY:
            cause = f"many wait to be taken, and a stranger's has at most {SHORTLY // 86_400} days then"
            raise Unavailable("OVERLOADED", f"cannot keep the transfer: {cause}; try later")

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
