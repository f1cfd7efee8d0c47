"""Passes to a merchant's letterbox: whoever shows one has room there that strangers cannot take.

A pass is a secret that the merchant hands out, to one whom it expects or to a circle, and can withdraw. It names
nobody: the merchant learns which of its passes a sender has, and no more. What it keeps of one is its name and hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.cryptographic.entropy import fresh

CODE_BYTES = 16
MOST_PASSES = 64
"""Passes that a home has handed out at a time: each has its own room."""
MOST_NAME = 40
_PASSES = b"letter-passes"


class Pass(Record, frozen=True):
    """What is kept of a pass: `name` is the merchant's own word for it."""

    name: str
    at: int  # seconds since 1970


@dataclass(frozen=True)
class Passes:
    """All passes of one home."""

    home: Home

    def give(self, name: str, now: int) -> bytes:
        """Return the secret of a new pass, CODE_BYTES long. Raises UsageError for a name that is taken or too long, and
        where there are too many.
        """
        code = fresh(CODE_BYTES)

        def work(tx: Transaction) -> None:
            known = [each.name for each in self._all(tx).values()]
            if name in known or not 1 <= len(name) <= MOST_NAME or len(known) >= MOST_PASSES:
                cause = f"name it in 1 to {MOST_NAME} characters, as no other is named; {MOST_PASSES} is the most"
                raise UsageError("USAGE_INVALID", f"cannot make the pass: {cause}")
            self.home.archive.keep(tx, _PASSES, _kept_under(code), encode(Pass(name, now)))

        # COMMIT POINT: it counts before anybody has it
        self.home.archive.commit(work)
        return code

    def withdraw(self, name: str) -> None:
        """Let the pass count no longer: who shows it is a stranger. Raises UsageError where there is none."""

        def work(tx: Transaction) -> None:
            found = [key for key, each in self._all(tx).items() if each.name == name]
            if not found:
                raise UsageError("USAGE_INVALID", f"cannot withdraw the pass {name[:MOST_NAME]!r}: there is none such")
            for key in found:
                self.home.archive.discard(tx, _PASSES, key)

        self.home.archive.commit(work)

    def names(self) -> list[str]:
        """Return what the passes are called."""
        return sorted(each.name for each in self.home.archive.read(self._all).values())

    def name_of(self, code: bytes | None) -> str:
        """Return the name of the pass with this secret; "" for a stranger, who has none that counts."""
        found = None if not code else self.home.archive.recall(_PASSES, _kept_under(code))
        return "" if found is None else Pass.decode(found).name

    def _all(self, tx: Transaction) -> dict[str, Pass]:
        names = self.home.archive.kept_names(_PASSES, tx)
        found = {name: self.home.archive.recall(_PASSES, name, tx) for name in names}
        return {name: Pass.decode(data) for name, data in found.items() if data is not None}


def _kept_under(code: bytes) -> str:
    return sha256(b"semper/letter/pass" + code).hexdigest()
