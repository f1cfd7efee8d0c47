"""What can happen to one side of an exchange, and what that side wants done: events in, effects out."""

from __future__ import annotations

from semper_host.exchange.items import Token
from semper_host.exchange.messages import Attachments
from semper_host.model.encoding import Record, decode, encode
from semper_host.model.errors import UsageError


class Event(Record, frozen=True):
    """The base of all events. The host journals each with its moment; folding them again gives the same state."""


class Begin(Event, frozen=True):
    """Our side opens the exchange: the attachments of message 1, and what it keeps to itself (kind-specific)."""

    attachments: Attachments
    secret: bytes = b""


class Consent(Event, frozen=True):
    """Our side, after a Review, agrees: the attachments of message 2. From now on only the trustee can call it off.

    `secret` is what our side keeps to itself until message 4 (kind-specific).
    """

    attachments: Attachments
    secret: bytes = b""


class Received(Event, frozen=True):
    """A message of the peer arrived: its exact bytes."""

    message: bytes


class Tick(Event, frozen=True):
    """Time passed."""


class Withdraw(Event, frozen=True):
    """Our user wants out; possible only before being bound."""


class Insist(Event, frozen=True):
    """Our user, or a failing peer, does not let us wait for t2: ask the trustee to resolve now."""


class Decided(Event, frozen=True):
    """The trustee answered: an encoded requests.Answer."""

    answer: bytes


class Settled(Event, frozen=True):
    """The payment system, or a credential's issuer, itself says how it ended: a signed record, named by its kind."""

    record: Token


class Effect(Record, frozen=True):
    """The base of all effects: what the host does after it has made the new state durable."""


class Send(Effect, frozen=True):
    """Send `message` to the peer; if it has not left before `until` (seconds since 1970) is over, never send it."""

    message: bytes
    until: int | None = None


class Review(Effect, frozen=True):
    """Ask our side whether it agrees to the checked message 1, and prepare a Consent (hold money, say) or Withdraw."""

    message: bytes


class AskTrustee(Effect, frozen=True):
    """Bring `request` (kind "abort" or "resolve") to the trustee, again and again until it answers."""

    kind: str
    request: bytes


class Finalise(Effect, frozen=True):
    """Bring `proof` to the payment system or issuer with signing key `keeper`: capture the money, make the credential
    final. Its signed record comes back as `Settled`; message 4 leaves only then.
    """

    keeper: bytes
    proof: bytes


class Finished(Effect, frozen=True):
    """This side is done: `outcome` is "done" or "aborted", `gains` what it has from it."""

    outcome: str
    gains: tuple[Token, ...] = ()


_EVENTS: dict[str, type[Event]] = {
    each.__name__: each for each in (Begin, Consent, Received, Tick, Withdraw, Insist, Decided, Settled)
}


def dump_event(event: Event, now: int) -> bytes:
    """Return `event` and its moment as bytes for the private journal."""
    return encode([type(event).__name__, event, now])


def load_event(data: bytes) -> tuple[Event, int]:
    """Return what `dump_event` wrote. Raises SemperError."""
    match decode(data):
        case [str(name), dict(fields), int(now)] if name in _EVENTS:
            return _EVENTS[name].from_plain(fields), now
    raise UsageError("USAGE_INVALID", "cannot read the journal: it holds an unknown event")
