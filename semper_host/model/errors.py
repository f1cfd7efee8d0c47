"""What can go wrong, who can mend it, and what to do.

Every refusal of the host is a `SemperError` with a stable code; the table in `error_codes` says for each
code who is to blame, whether trying again can help and what a person can do. The subclasses group the
codes by who can act. A business that ends badly is no error: see `outcome`.
"""

from __future__ import annotations

from semper_host.model.error_codes import CODES, Stage, stage_of


class SemperError(Exception):
    """A refusal: `code` (stable), the cause in words, who is to blame, and evidence if there is any.

    The message begins with "cannot"; `evidence` holds the exact bytes that convict a peer.
    """

    def __init__(self, code: str, message: str, *, evidence: bytes = b"") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.evidence = evidence
        self.blame, self.retryable, self.remedy = CODES[code]

    @property
    def stage(self) -> Stage:
        """Where on its way through the host the thing refused got to."""
        return stage_of(self.code)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.message, self.evidence))


def _rebuild(kind: type[SemperError], code: str, message: str, evidence: bytes) -> SemperError:
    return kind(code, message, evidence=evidence)


class UserDeclined(SemperError):
    """The person at the trusted user interface said no, or said nothing."""


class UsageError(SemperError):
    """The person asked for something that can't be meant."""


class AdmissionRefused(SemperError):
    """A bundle, statement or offer does not satisfy the rules of admission."""

    def shown_by(self, data: bytes) -> AdmissionRefused:
        """Return this refusal with `data` as its evidence, where it has none of its own."""
        return self if self.evidence else AdmissionRefused(self.code, self.message, evidence=data)


class CapabilityRefused(SemperError):
    """A bundle asked for what it was not granted."""


class BundleMisbehaved(SemperError):
    """A bundle broke the rules of confinement, or failed."""


class PeerDeviated(SemperError):
    """A peer left the protocol; the evidence is kept."""


class Unavailable(SemperError):
    """Something needed is not there now; trying again later may help."""
