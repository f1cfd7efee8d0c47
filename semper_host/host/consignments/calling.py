"""A sender that nobody knows: it calls each recipient, as somebody who has no key, name or address before or after.

The invitation is signed with the keys of this transfer alone, its times are whole hours, and each recipient is called
on a line of its own through the home's proxy. Recipients serve: their certified keys vouch for those that the parts
are sealed to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.admission.service_keys import open_service_keys
from semper_host.commerce.agreement import NONCE_BYTES
from semper_host.commerce.consignment import INVITATION, VERSION, Invitation, Part, read_joining
from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.consignment_state import Acknowledged, Packed, Receipted, Seated, Standing
from semper_host.commerce.seats import MERCHANT
from semper_host.host import trusting
from semper_host.host.business import deal_keys, next_counter
from semper_host.host.consignments.letterbox import LETTER_PATH, LetterCall, LetterReply
from semper_host.host.consignments.records import SENDER, Address, Beginning, Consignments
from semper_host.host.consignments.sending import SECRET_BYTES, Attributes, check_wishes, packed
from semper_host.host.home import Home
from semper_host.host.payments import KEYS_PATH
from semper_host.host.revocation import check_not_revoked
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.trusted_ui.display_text import check_text

HOUR = 3600
MOST_SEALED, EACH_FILE = 896 * 1024, 200
"""Bytes of all copies of all files, and so many more for each: what one call can carry besides the joinings."""
MOST_KEYS = 64 * 1024
PAUSES = (0.3, 1, 3, 10)
"""Seconds between rounds while nothing is new; the last from then on."""


@dataclass(frozen=True)
class Recipient:
    """Whom the sender means: the name that is certified at `url`. `shown`: the secret of a pass that it gave."""

    name: str
    url: str
    shown: bytes | None = None


@dataclass
class AnonymousConsignor:
    """One home's transfers under keys that say nothing of it."""

    home: Home
    client: Client
    watcher: Watcher = field(default_factory=Watcher)
    clock: Callable[[], int] = lambda: int(time.time())

    def __post_init__(self) -> None:
        self.consignments = Consignments(self.home, self.clock)

    def begin(
        self, title: str, recipients: Sequence[Recipient], parts: Sequence[Part], asked: Attributes, seconds: int
    ) -> bytes:
        """Look who serves at the recipients' addresses, and begin a transfer to them; return its number.

        Raises UsageError, DisplayRefused, Unavailable, PeerDeviated PEER_IDENTITY where somebody else serves there.
        """
        names = [each.name for each in recipients]
        check_wishes(names, parts, seconds)
        _check_size(parts)
        for text in (title, *names):
            check_text(text, 72, "title or name")
        counter = next_counter(self.home)
        found = [self._address(each, self._line(counter, seat)) for seat, each in enumerate(recipients, 1)]
        secrets, at = tuple(fresh(SECRET_BYTES) for _ in names), self.clock() // HOUR * HOUR
        said = Invitation(
            version=VERSION, at=at, title=title, seats=tuple(names), party=deal_keys(self.home, counter).party, url="",
            sealing=b"", origin=asked.origin, receipt=asked.receipt.value, confidential=asked.confidential,
            until=at + (-(-seconds // HOUR) + 1) * HOUR, nonce=fresh(NONCE_BYTES),
            callers=tuple(sha256(each).digest() for each in secrets),
        )  # fmt: skip
        signed = cose.sign1(encode(said), INVITATION, deal_keys(self.home, counter).signing)
        snapshot = trusting.snapshot(self.home.trust)
        beginning = Beginning(SENDER, at, counter, signed, snapshot, secrets, tuple(parts), fresh_seed(), tuple(found))
        # COMMIT POINT: the keys are the journal's before anybody hears of them
        return self.consignments.begin(beginning)[1].table.opened.number

    def run(self, number: bytes, *, give_up: Callable[[], bool]) -> Standing:
        """Carry a transfer on until all is handed over and every receipt is here, or `give_up()`.

        Raises what the recipients said where none of those that are left will ever take it.
        """
        waits, before = iter(PAUSES), None
        while True:
            standing = self._round(number)
            if standing.over or give_up():
                return standing
            if standing != before:
                waits, before = iter(PAUSES), standing
            time.sleep(next(waits, PAUSES[-1]))

    def _round(self, number: bytes) -> Standing:
        """Call each recipient of whom something is missing, once."""
        begun, standing = self.consignments.read(number)
        open_seats = [seat for seat in range(1, len(begun.addresses) + 1) if self._missing(standing, seat)]
        failures = list[SemperError]()
        for seat in open_seats:
            try:
                self._call(number, begun, seat)
            except SemperError as error:
                self.watcher.trouble(error)
                failures.append(error)
        _, standing = self.consignments.read(number)
        if standing.full and standing.packed is None:
            # COMMIT POINT: the exact bytes are kept before the first leaves
            return self._round_again(number, packed(standing))
        if failures and len(failures) == len(open_seats) and not any(each.retryable for each in failures):
            raise failures[-1]
        return standing

    def _round_again(self, number: bytes, made: Packed) -> Standing:
        self.consignments.post(number, made)
        self.watcher.step("everybody", "has joined")
        return self._round(number)

    def _missing(self, standing: Standing, seat: int) -> bool:
        return not standing.settled(seat) if standing.packed is not None else not standing.joinings[seat - 1]

    def _call(self, number: bytes, begun: Beginning, seat: int) -> None:
        """Ask one recipient to join; or hand over its parcel, and ask for its receipt."""
        _, standing = self.consignments.read(number)
        handed, joinings = None, tuple[bytes, ...]()
        if standing.packed is not None:
            handed = Handed(standing.packed.digest, standing.packed.parcels[seat - 1])
            joinings = standing.joinings
        address, line = begun.addresses[seat - 1], self._line(begun.counter, seat)
        shown = None if handed is None else address.shown
        call = LetterCall(begun.invitation, seat, begun.secrets[seat - 1], joinings, handed, shown)
        answer = sealed_call.call(line, address.url + LETTER_PATH, address.sealing, encode(call), fresh_seed())
        reply = LetterReply.decode(answer)
        if handed is None:
            self._join(number, standing, seat, reply, address)
        elif reply.receipt is not None:
            self._receipted(number, seat, reply.receipt)
        elif reply.kept and seat not in standing.acknowledged:
            self.consignments.post(number, Acknowledged(seat))
            self.watcher.step("handed over", f"to {address.name}")

    def _join(self, number: bytes, standing: Standing, seat: int, reply: LetterReply, address: Address) -> None:
        table, joining = standing.table, reply.joining or b""
        member = read_joining(table.opened, joining, seat, table.roots)
        who = member.certified
        if who is None or (who.name, who.uri, who.root) != (address.name, address.uri, address.root):
            raise PeerDeviated("PEER_IDENTITY", "cannot send: somebody else joined than who serves there")
        self.consignments.post(number, Seated(seat, joining))

    def _receipted(self, number: bytes, seat: int, receipt: bytes) -> None:
        try:
            self.consignments.post(number, Receipted(seat, receipt))
        except SemperError:
            self.consignments.deviated(number, seat, receipt)
            raise

    def _address(self, recipient: Recipient, line: Client) -> Address:
        """Return who is certified where a recipient is to serve, and the keys that calls are sealed to."""
        url, now = recipient.url.rstrip("/"), self.clock()
        statement = line.get(url + KEYS_PATH, MOST_KEYS)
        keys, who = open_service_keys(statement, MERCHANT, trusting.load(self.home.trust).roots, now)
        check_not_revoked(self.home, now, who)
        if who.name != recipient.name:
            message = f"cannot send: not {recipient.name!r} serves at {url[:120]}, but {who.name[:72]!r}"
            raise PeerDeviated("PEER_IDENTITY", message, evidence=statement)
        return Address(url, keys.sealing, who.name, who.uri, who.root, recipient.shown)

    def _line(self, counter: int, seat: int) -> Client:
        """Return the line to one recipient of one transfer: nobody joins two of them by their connections."""
        return self.client.isolated(f"transfer {counter} to {seat}")


def _check_size(parts: Sequence[Part]) -> None:
    """Require that a recipient's parcel fits into one call: a part for some is sealed to each of them."""
    copies = ((len(part.seats) or 1, file) for part in parts for file in part.files)
    if sum(count * (len(file.content) + EACH_FILE) for count, file in copies) > MOST_SEALED:
        raise UsageError("USAGE_INVALID", f"cannot send: sealed to each, the files would have over {MOST_SEALED} bytes")
