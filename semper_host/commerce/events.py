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
    any; `hold` is the number of the hold that it was about.
    """

    at: int
    step: str
    what: str
    kind: str = ""
    proof: bytes = b""
    hold: int = 0


class Ticked(Record, frozen=True):
    """Time passed beyond a deadline of the current step."""

    at: int


class Chosen(Record, frozen=True):
    """Our side's decision in this step: the person's, or the service's."""

    at: int
    step: str
    choice: str


class Allotted(Record, frozen=True):
    """The places of the credentials that we give in this step, in their issuers' status lists (None: in none)."""

    at: int
    step: str
    indices: tuple[int | None, ...]


class Finalised(Record, frozen=True):
    """A payment system or issuer says how what message 3 brought us stands now: its signed record, and its kind."""

    at: int
    step: str
    kind: str
    proof: bytes


class Abandoned(Record, frozen=True):
    """Our side waits no longer for the trustee of this step, whose time is long over: `why`, for people."""

    at: int
    step: str
    why: str


Event = Opened | Arrived | Prepared | Declined | Ruled | Followed | Ticked | Chosen | Allotted | Finalised | Abandoned
EVENTS: tuple[type[Record], ...] = (
    Opened, Arrived, Prepared, Declined, Ruled, Followed, Ticked, Chosen, Allotted, Finalised, Abandoned,
)  # fmt: skip


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


class Allot(NamedTuple):
    """Have places allotted to the credentials that we give, before the exchange has its name. Answered by Allotted."""

    step: str


class Prepare(NamedTuple):
    """Make our side's items for `step`; `message` is the peer's m1 where we respond. Two transfers have no label.

    Answered by Prepared or Declined.
    """

    step: str
    label: Label | None
    message: bytes = b""


class AskTrustee(NamedTuple):
    """Bring `request` ("abort" or "resolve") to the trustee until it answers. Answered by Ruled."""

    step: str
    kind: str
    request: bytes


class Finalise(NamedTuple):
    """Bring `proof` to the payment system or issuer with the key `keeper`, which makes what it proves ours for good.

    It is of the exchange `label`. Answered by Finalised.
    """

    step: str
    label: bytes
    keeper: bytes
    proof: bytes


class Capture(NamedTuple):
    """Collect held money, the label's hold number `hold`, with the payer's signed right. Answered by Followed."""

    step: str
    label: bytes
    right: bytes
    hold: int = 0


class Confirm(NamedTuple):
    """Get the payment system's final record of the label's hold number `hold`. Answered by Followed."""

    step: str
    label: bytes
    hold: int = 0


class Reclaim(NamedTuple):
    """Take back money whose hold, the label's number `hold`, was voided, if there was one. Answered by Followed."""

    step: str
    label: bytes
    hold: int = 0


class Unlock(NamedTuple):
    """Keep the goods' content keys, one a part, for the download. Answered by Followed.

    `counts`: of two transfers, how many came for each piece of information; (): the exchange has checked them all.
    """

    step: str
    keys: tuple[bytes, ...]
    counts: tuple[int, ...] = ()


class Pocket(NamedTuple):
    """Put the signed credentials that an exchange gave us into the wallet. Answered by Followed."""

    step: str
    credentials: tuple[bytes, ...]


class Give(NamedTuple):
    """Make the parcel that we hand over in the transfer `step`. Answered by Prepared with it, or Declined."""

    step: str


class Choose(NamedTuple):
    """Have our side decide `step`: one of `choices`, until `until` (seconds since 1970). Answered by Chosen."""

    step: str
    choices: tuple[str, ...]
    until: int


class Store(NamedTuple):
    """Keep the item that a transfer brought. Answered by Followed."""

    step: str
    item: bytes


class End(NamedTuple):
    """The deal reached this end of its terms."""

    end: str


FollowUp = Capture | Confirm | Reclaim | Unlock | Pocket | Store
Effect = Send | Allot | Prepare | Give | Choose | AskTrustee | Finalise | FollowUp | End


def name_of(effect: Effect) -> tuple[str, str, int | bytes]:
    """Return what tells an effect from all others of its deal: its kind, its step, and which of several there."""
    which = effect.proof if isinstance(effect, Finalise) else getattr(effect, "hold", 0)
    return type(effect).__name__, "" if isinstance(effect, End) else effect.step, which
