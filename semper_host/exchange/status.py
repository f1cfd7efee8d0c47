"""A credential's issuer keeps its status under L: revocable by the trustee's decision until it is final (DESIGN §6).

pending   issued under L; stands unless revoked        FINAL     its holder had it made final: nobody revokes it
REVOKED   the trustee decided "aborted" on L           Either record is signed once and never expires.
"""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.items import Status, Token
from semper_host.model.encoding import Record
from semper_host.model.errors import PeerDeviated

FINAL, REVOKED = "status.final", "status.revoked"
"""The statement kinds under which an issuer signs how the status of a credential under L ended."""


class StatusEnd(Record, frozen=True):
    """How the status `index` under the label ended, and when (seconds since 1970)."""

    label: bytes
    index: int
    at: int


def read_status(case: Case, record: Token, status: Status) -> StatusEnd:
    """Return how the issuer says that `status` ended. Raises PeerDeviated."""
    if record.name not in (FINAL, REVOKED):
        message = f"cannot use a record of kind {record.name!r} for a credential"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=record.data)
    ended = StatusEnd.decode(case.crypto.open(record.data, record.name, status.issuer))
    if (ended.label, ended.index) != (case.id, status.index):
        message = "cannot use the issuer's record: it is for another credential"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=record.data)
    return ended
