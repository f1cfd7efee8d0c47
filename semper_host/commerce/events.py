"""What happens to a deal, and what the deal then wants done: the values that the deal engine turns into each other.

Events are journalled before they count; replaying them rebuilds the deal. Effects are done by the host; each
is named by its step and kind, may be done twice without harm, and is answered by an event.
"""

from __future__ import annotations

from typing import NamedTuple

from semper_host.exchange.labels import Label
from semper_host.model.encoding import Record, decode, encode
from semper_host.model.errors import SemperError


class Opened(Record, frozen=True):
    """The hello is done: the deal begins at its first step."""

    at: int


class Arrived(Record, frozen=True):
    """An exchange message of the peer, the exact bytes."""

    at: int
    step: str
    message: bytes


class Prepared(Record, frozen=True):
    """Our side's item for this step is ready: attachments for its message, and a secret that stays here."""

    at: int
    step: str
    attachments: tuple[bytes, ...]
    secret: bytes = b""


class Declined(Record, frozen=True):
    """Our side does not go on with this step: the person said no, or the service, or the money was refused."""

    at: int
    step: str
    why: str


class Ruled(Record, frozen=True):
    """The trustee's answer for this step, the exact bytes."""

    at: int
    step: str
    answer: bytes


class Followed(Record, frozen=True):
    """A follow-up is done: `what` names the effect ("Capture"), `proof` and its `kind` the record it brought, if
    any.
    """

    at: int
    step: str
    what: str
    kind: str = ""
    proof: bytes = b""


class Ticked(Record, frozen=True):
    """Time passed beyond a deadline of the current step."""

    at: int


Event = Opened | Arrived | Prepared | Declined | Ruled | Followed | Ticked
EVENTS: tuple[type[Record], ...] = (Opened, Arrived, Prepared, Declined, Ruled, Followed, Ticked)


def write(event: Event) -> bytes:
    """Return the journal's form of an event."""
    return encode([EVENTS.index(type(event)), event.to_map()])


def read(data: bytes) -> Event:
    """Return the event of a journal entry. Raises SemperError STORAGE_CORRUPT."""
    entry = decode(data)
    if type(entry) is not list or len(entry) != 2 or entry[0] not in range(len(EVENTS)):
        raise SemperError("STORAGE_CORRUPT", "cannot read the deal's journal: an entry is not an event")
    event: Event = EVENTS[entry[0]].from_plain(entry[1])  # type: ignore[assignment]  # the table holds Event's members
    return event


class Send(NamedTuple):
    """Send these exact bytes to the peer as part of `step`; never after `until` (seconds since 1970), if given."""

    step: str
    message: bytes
    until: int | None = None


class Prepare(NamedTuple):
    """Make our side's item for `step`; `message` is the peer's m1 where we respond.

    Answered by Prepared or Declined.
    """

    step: str
    label: Label
    message: bytes = b""


class AskTrustee(NamedTuple):
    """Bring `request` ("abort" or "resolve") to the trustee until it answers. Answered by Ruled."""

    step: str
    kind: str
    request: bytes


class Capture(NamedTuple):
    """Collect held money with the payer's signed right. Answered by Followed."""

    step: str
    label: bytes
    right: bytes


class Confirm(NamedTuple):
    """Get the payment system's final record of the hold. Answered by Followed."""

    step: str
    label: bytes


class Reclaim(NamedTuple):
    """Take back money whose hold was voided, if there was one. Answered by Followed."""

    step: str
    label: bytes


class Unlock(NamedTuple):
    """Keep the goods' content keys, one a part, for the download. Answered by Followed."""

    step: str
    keys: tuple[bytes, ...]


class End(NamedTuple):
    """The deal reached this end of its terms."""

    end: str


FollowUp = Capture | Confirm | Reclaim | Unlock
Effect = Send | Prepare | AskTrustee | FollowUp | End
