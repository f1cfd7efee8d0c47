"""One evaluated bundle in a witnessed log, and its admission, for the tests of what the log is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from semper_host.admission.admit import Admitted, admit
from semper_host.admission.log_evidence import Staple
from semper_host.admission.standing import Standing
from semper_host.admission.statements import BUNDLE_TARGET, Revocation, digest, sign
from semper_host.admission.trust import TrustPolicy
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability, Grant
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey
from tests.admission.log_world import LogWorld

HOUR, DAY = 3600, 86_400
GRANTS = (Grant(Capability.ASK_BANK), Grant(Capability.COINS_HOLD))


@dataclass
class Scene:
    """A bundle, its statements, and the log that has them. `now` is when it is admitted."""

    world: Any
    log: LogWorld = field(init=False)

    def __post_init__(self) -> None:
        self.now: int = self.world.now
        self.log = LogWorld(self.now - 40 * DAY)
        self.archive: bytes = self.world.bundle()
        self.release: bytes = self.world.release(self.archive)
        self.one: bytes = self.world.evaluation(self.archive)
        self.two: bytes = self.world.evaluation(self.archive, by=self.world.other.leaf)
        self.evaluations: list[bytes] = [self.one]
        self.head = b""
        for data in (self.release, self.one, self.two):
            self.log.append(data)
        self.log.at = self.now

    @property
    def policy(self) -> TrustPolicy:
        return self.log.trusted(self.world.policy())

    def staple(self, **changes: Any) -> Staple:
        shown = self.log.staple(self.release, *self.evaluations, head=self.head)
        return msgspec.structs.replace(shown, **changes)

    def admit(self, **changes: Any) -> Admitted:
        given: dict[str, Any] = {
            "archive": self.archive,
            "release": self.release,
            "evaluations": self.evaluations,
            "policy": self.policy,
            "roots": self.world.roots(self.world.policy()),
            "now": self.now,
            "standings": None,
            "staple": None,
            **changes,
        }
        if "standings" not in changes:
            given["standings"] = [self.log.standing(self.now)]
        if "staple" not in changes:
            given["staple"] = self.staple()
        return admit(**given)

    def say(self, statement: Any, key: SigningKey | CertifiedKey, at: int | None = None) -> bytes:
        """Sign and log a statement now, or at another time."""
        data = sign(statement, key)
        self.log.append(data, at=self.now if at is None else at)
        return data

    def revoke(
        self, target: str, name: bytes, key: SigningKey | CertifiedKey, *, since: int = 0, reason: str = "compromise"
    ) -> bytes:
        return self.say(Revocation(target, name, since, reason, self.now), key)

    def revoke_bundle(self, key: SigningKey | CertifiedKey, **more: Any) -> bytes:
        return self.revoke(BUNDLE_TARGET, digest(self.archive), key, **more)

    def standing(self, at: int | None = None) -> Standing:
        return self.log.standing(self.now if at is None else at)


def refused(code: str, scene: Scene, **changes: Any) -> AdmissionRefused:
    """Require that the scene's admission with these changes is refused with `code`, and return the refusal."""
    with pytest.raises(AdmissionRefused) as caught:
        scene.admit(**changes)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot ")
    return caught.value
