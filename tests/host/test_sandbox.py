"""The host's door to bundles with a real archive: replay after any death, quotas over a deal, refusals in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Ask, Money, Random, Refused, Reply, Settled, Unknown
from semper_host.confinement.source import DIALECT, INTERPRETER
from semper_host.confinement.zygote import Zygote
from semper_host.host import builds, idling
from semper_host.host.builds import Build
from semper_host.host.sandbox import Sandbox, used_of
from semper_host.model.errors import BundleMisbehaved, CapabilityRefused, SemperError, Unavailable
from semper_host.model.grants import BASELINE, Capability, Grant
from semper_host.supporting.archive.archive import Archive
from tests.host.admitting import admitted
from tests.host.journeys import CALL, DEAL, ELSEWHERE, JOURNEY, KEY, amount, grants

ROOT = Path(__file__).resolve().parents[2]
PAYING = b"""
from semper_host.api_v1 import Money, Pay, Settled

def withdraw(amount, values):
    yield Pay(amount, "somebody")
    return Settled(b"")
"""


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive.open(tmp_path / "archive.db", KEY)
    yield opened
    opened.close()


@pytest.fixture
def sandbox(archive: Archive, zygote: Zygote) -> Sandbox:
    return Sandbox(archive, zygote)


class Answers:
    """Answers Random with numbered bytes, and remembers how often it was asked; `before` may interfere."""

    def __init__(self, before: Callable[[int], object] = lambda step: None) -> None:
        self.asked = 0
        self._before = before

    def __call__(self, request: Any) -> Any:
        self._before(self.asked)
        self.asked += 1
        return bytes([self.asked]) * getattr(request, "count", 0)


def _travel(sandbox: Sandbox, answers: Answers, bundle: Any = JOURNEY) -> Any:
    return sandbox.run(bundle, grants(), "payer.withdraw", (amount(), []), answers, call=CALL, deal=DEAL)


def _workers(server: int) -> list[int]:
    found = [int(each) for each in Path(f"/proc/{server}/task/{server}/children").read_text().split()]
    return [below for each in found for below in (_workers(each) or [each])]


def test_a_call_whose_worker_was_killed_goes_on_by_replay(sandbox: Sandbox, zygote: Zygote) -> None:
    def kill(step: int) -> None:
        if step == 2:
            (worker,) = _workers(zygote.pid)
            os.kill(worker, signal.SIGKILL)

    first = Answers(kill)
    with pytest.raises(BundleMisbehaved) as ended:
        _travel(sandbox, first)
    assert ended.value.code == "BUNDLE_KILLED"
    second = Answers()
    assert _travel(sandbox, second) == Settled(b"\1" * 4 + b"\2" * 5 + b"\3" * 6 + b"\1" * 7)
    assert (first.asked, second.asked) == (3, 1)  # nothing was asked of the host twice


def test_a_call_whose_host_died_goes_on_in_another_process(tmp_path: Path, zygote: Zygote) -> None:
    place = tmp_path / "archive.db"
    script = [sys.executable, "-m", "tests.host.crashing_call", str(place)]
    assert subprocess.run(script, cwd=ROOT, check=False).returncode == 9
    archive = Archive.open(place, KEY)
    answers = Answers()
    assert _travel(Sandbox(archive, zygote), answers) == Settled(b"\1" * 4 + b"\2" * 5 + b"\1" * 6 + b"\2" * 7)
    assert answers.asked == 2
    archive.close()


def test_a_finished_call_is_replayed_without_asking_anybody(sandbox: Sandbox, archive: Archive) -> None:
    done = _travel(sandbox, Answers())
    again = Answers()
    for _ in range(3):
        assert _travel(sandbox, again) == done
    assert again.asked == 0
    assert len(archive.calls(CALL)) == 4


def test_a_replay_that_diverges_stops_at_the_step_at_which_it_does(sandbox: Sandbox, archive: Archive) -> None:
    _travel(sandbox, Answers())
    ran = builds.recorded(archive, CALL, JOURNEY.digest)
    assert ran is not None
    another = replace(ELSEWHERE, digest=JOURNEY.digest)  # as if the same bundle did something else this time
    with pytest.raises(BundleMisbehaved, match="at step 2 the bundle asks something else than before") as diverged:
        _travel(sandbox, Answers(), another)
    assert diverged.value.code == "REPLAY_DIVERGED"


def test_another_bundle_cannot_go_on_with_a_call(sandbox: Sandbox) -> None:
    _travel(sandbox, Answers())
    with pytest.raises(BundleMisbehaved, match="at step 0 the call was begun by another bundle"):
        _travel(sandbox, Answers(), ELSEWHERE)


def test_a_divergence_on_another_build_names_both(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    _travel(sandbox, Answers())
    monkeypatch.setattr(builds, "INTERPRETER", "cpython 3.99")
    assert _travel(sandbox, Answers()) is not None  # another build may go on as long as it asks the same
    with pytest.raises(BundleMisbehaved, match=f"it began in {DIALECT} on {INTERPRETER}, and this is .* 3.99"):
        _travel(sandbox, Answers(), replace(ELSEWHERE, digest=JOURNEY.digest))


def test_the_build_is_recorded_once_for_each_deal_and_bundle(
    sandbox: Sandbox, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert builds.recorded(archive, DEAL, JOURNEY.digest) is None
    _travel(sandbox, Answers())
    monkeypatch.setattr(builds, "INTERPRETER", "cpython 3.99")
    _travel(sandbox, Answers())
    assert builds.recorded(archive, DEAL, JOURNEY.digest) == Build(JOURNEY.digest, DIALECT, INTERPRETER)


def _pay(sandbox: Sandbox, minor: int, *grants: Grant, deal: bytes = DEAL) -> Any:
    bundle = admitted("payment-system", {"payer": PAYING}, *grants)
    arguments = (Money(minor, "EUR"), list[int]())
    return sandbox.run(bundle, bundle.grants, "payer.withdraw", arguments, lambda request: None, deal=deal)


def test_the_most_that_was_granted_counts_over_all_calls_of_a_deal_and_a_restart(
    sandbox: Sandbox, archive: Archive, zygote: Zygote
) -> None:
    grant = Grant(Capability.MONEY_PAY, Money(100, "EUR"))
    _pay(sandbox, 60, grant)
    restarted = Sandbox(archive, zygote)
    with pytest.raises(CapabilityRefused, match="beyond what was allowed"):
        _pay(restarted, 41, grant)
    _pay(restarted, 40, grant)
    _pay(restarted, 100, grant, deal=b"next" * 8)
    (refusal,) = archive.refusals()
    assert refusal.deal == DEAL
    assert refusal.why == (
        "CAPABILITY_REFUSED: this service asked to make a payment of 0.41 EUR, beyond what was allowed"
    )


def test_a_replayed_answer_counts_against_no_quota_twice(sandbox: Sandbox, archive: Archive) -> None:
    bundle = admitted("payment-system", {"payer": PAYING}, Grant(Capability.MONEY_PAY, Money(100, "EUR"), 1))
    for _ in range(3):
        sandbox.run(
            bundle, bundle.grants, "payer.withdraw", (Money(60, "EUR"), []), lambda request: None, call=CALL, deal=DEAL
        )
    assert archive.refusals() == []


def test_what_nobody_evaluated_is_refused_archived_and_said_in_words(sandbox: Sandbox, archive: Archive) -> None:
    bundle = admitted("payment-system", {"payer": PAYING})
    assert bundle.grants == BASELINE
    with pytest.raises(CapabilityRefused) as refused:
        _pay(sandbox, 1)
    words = "this service asked to make a payment; nobody you trust has evaluated it"
    assert refused.value.message == f"cannot answer Pay: {words}"
    (refusal,) = archive.refusals()
    assert (refusal.bundle, refusal.deal, refusal.request) == (bundle.digest, DEAL, "Pay")
    assert refusal.why == f"CAPABILITY_REFUSED: {words}"


def test_a_quota_that_is_used_up_is_archived_as_such(sandbox: Sandbox, archive: Archive) -> None:
    flood = b"from semper_host.api_v1 import Random\ndef withdraw(amount, values):\n    yield Random(5000)\n"
    bundle = admitted("payment-system", {"payer": flood})
    with pytest.raises(BundleMisbehaved):
        sandbox.run(bundle, bundle.grants, "payer.withdraw", (amount(), []), Answers(), deal=DEAL)
    (refusal,) = archive.refusals()
    assert refusal.why == "QUOTA_EXCEEDED: this service asked for more random bytes than one deal may use"


PROBING = b"""
from semper_host.api_v1 import Ask, Random, Refused, Settled, Unknown

def reclaim(label):
    drawn = yield Random(4)
    reply = yield Ask(drawn)
    if not reply.ok:
        return Unknown("silence")
    return Settled(reply.message) if reply.message != b"no" else Refused("PAYMENT_REFUSED", "no")
"""


class Bank:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self, *says: Reply | SemperError) -> None:
        self.says, self.asked, self.drawn = list(says), list[bytes](), 0

    def __call__(self, request: Any) -> Any:
        if isinstance(request, Random):
            self.drawn += 1
            return bytes([self.drawn]) * request.count
        self.asked.append(request.message)
        said = self.says.pop(0)
        if isinstance(said, SemperError):
            raise said
        return said


def _probe(sandbox: Sandbox, bank: Bank, **options: Any) -> Any:
    bundle = admitted("payment-system", {"payer": PROBING}, Grant(Capability.ASK_BANK))
    return sandbox.run(bundle, bundle.grants, "payer.reclaim", (b"l",), bank, call=CALL, deal=DEAL, **options)


def test_silence_and_refusal_are_not_remembered(sandbox: Sandbox, archive: Archive) -> None:
    bank = Bank(Reply(False), Reply(True, b"no"), Reply(True, b"yes"))
    assert isinstance(_probe(sandbox, bank), Unknown)
    assert archive.calls(CALL) == []
    assert isinstance(_probe(sandbox, bank), Refused)
    assert _probe(sandbox, bank) == Settled(b"yes")
    assert _probe(sandbox, bank) == Settled(b"yes")
    assert len(bank.asked) == 3


def test_a_message_that_may_have_left_is_sent_again_as_it_was(sandbox: Sandbox) -> None:
    bank = Bank(Unavailable("BACKEND_FAILED", "cannot go on: the host is stopping"), Reply(True, b"yes"))
    with pytest.raises(Unavailable):
        _probe(sandbox, bank)
    assert _probe(sandbox, bank) == Settled(b"yes")
    assert bank.asked == [b"\1" * 4] * 2


def test_what_must_be_done_in_the_end_is_asked_anew_though_it_settled(sandbox: Sandbox) -> None:
    bank = Bank(Reply(True, b"a bad proof"), Reply(True, b"a good proof"))
    assert _probe(sandbox, bank, once=False) == Settled(b"a bad proof")
    assert _probe(sandbox, bank, once=False) == Settled(b"a good proof")


def test_a_retry_that_the_host_makes_uses_up_no_requests_of_the_deal(sandbox: Sandbox, archive: Archive) -> None:
    bank = Bank(*[Reply(False)] * 5, Reply(True, b"yes"))
    bundle = admitted("payment-system", {"payer": PROBING}, Grant(Capability.ASK_BANK))
    for _ in range(5):
        assert isinstance(_probe(sandbox, bank), Unknown)
    assert used_of(archive, DEAL, bundle.digest).requests == 0
    assert _probe(sandbox, bank) == Settled(b"yes")
    used = used_of(archive, DEAL, bundle.digest)
    assert (used.requests, used.calls) == (2, {"ask.bank": 6})  # what the grants count stays counted


SHORTER = b"""
from semper_host.api_v1 import Random, Settled

def withdraw(amount, values):
    return Settled((yield Random(4)))
"""


def test_a_call_that_ends_earlier_than_before_has_diverged(sandbox: Sandbox) -> None:
    _travel(sandbox, Answers())
    shorter = replace(admitted("payment-system", {"payer": SHORTER}), digest=JOURNEY.digest)
    with pytest.raises(BundleMisbehaved, match="at step 1 the bundle is done, where it asked something before"):
        _travel(sandbox, Answers(), shorter)


def test_a_divergence_is_archived_with_its_step(sandbox: Sandbox, archive: Archive) -> None:
    _travel(sandbox, Answers())
    with pytest.raises(BundleMisbehaved):
        _travel(sandbox, Answers(), replace(ELSEWHERE, digest=JOURNEY.digest))
    (refusal,) = archive.refusals()
    assert refusal.deal == DEAL
    assert refusal.why.startswith("REPLAY_DIVERGED: cannot go on: at step 2")


def test_a_worker_that_waits_for_somebody_outside_is_killed_and_its_call_goes_on(
    sandbox: Sandbox, zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idling, "IDLE_SECONDS", 0.05)
    bank = Bank(Reply(True, b"yes"))
    left: list[int] = []

    def slow(request: Any) -> Any:
        if isinstance(request, Ask):
            (waiting,) = _workers(zygote.pid)
            deadline = time.monotonic() + 30
            while waiting in _workers(zygote.pid) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert waiting not in _workers(zygote.pid)
            left.append(waiting)
        return bank(request)

    bundle = admitted("payment-system", {"payer": PROBING}, Grant(Capability.ASK_BANK))
    assert sandbox.run(bundle, bundle.grants, "payer.reclaim", (b"l",), slow) == Settled(b"yes")
    assert (len(left), len(bank.asked), bank.drawn) == (1, 1, 1)
