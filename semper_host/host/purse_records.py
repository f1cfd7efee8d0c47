"""What a home keeps of its purses: at which bank, with which payment system."""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.supporting.cryptographic import cose

_SCOPE = b"purses"


class PurseRecord(Record, frozen=True):
    """A purse as this home keeps it: which bank (its signed service keys, as they were), which payment system."""

    name: str
    bank: str  # certified name
    url: str
    statement: bytes
    bundle: bytes  # archive digest of the payment system

    @property
    def stated(self) -> ServiceKeys:
        """The bank's service keys as they were verified when this was kept; they may have expired since."""
        return ServiceKeys.decode(cose.peek(self.statement).payload)


def purse_records(home: Home) -> list[PurseRecord]:
    """Return what this home keeps of its purses, by name."""
    kept = [home.archive.recall(_SCOPE, name) for name in home.archive.kept_names(_SCOPE)]
    return [PurseRecord.decode(data) for data in kept if data is not None]


def purse_record(home: Home, name: str) -> PurseRecord | None:
    """Return the record of the purse `name`, or None."""
    data = home.archive.recall(_SCOPE, name)
    return None if data is None else PurseRecord.decode(data)


def keep_purse(home: Home, record: PurseRecord) -> None:
    """Keep `record` under its name, in place of what was there."""
    home.archive.commit(lambda tx: home.archive.keep(tx, _SCOPE, record.name, encode(record)))
