"""A person hears in good time that what a home knows of revocations gets too old to count."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from semper_host.admission.trust import TrustedRepository, TrustPolicy
from semper_host.host import hearing, staleness, trusting
from semper_host.host import home as homes
from semper_host.host.buyer_screens import warn
from semper_host.host.buying import Buyer
from semper_host.host.explaining import moment
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.refreshing import RETRY_SECONDS, Refresher
from semper_host.host.staleness import Heard, warnings
from semper_host.supporting.communication.client import Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.admission.log_world import LogWorld
from tests.host.anchored import AnchoredLog
from tests.host.counting_repository import CountingRepository
from tests.host.marketplace import PASSPHRASE, now
from tests.host.street import Person

HOUR, MINUTE = 3600, 60
AWAY = "http://127.0.0.1:9"
AT = 1_800_000_000  # 2027-01-15 08:00:00 UTC
ALONE = TrustPolicy(repositories=(TrustedRepository(name="R", anchor="anchors/r.root.json", sha256="0", url=AWAY),))


class Time:
    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def repository(clock: Time) -> Iterator[CountingRepository]:
    with CountingRepository(AnchoredLog(LogWorld(clock() - 60)), clock).served() as served:
        yield served


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(connect_seconds=2, read_seconds=5, whole_seconds=5) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, repository: CountingRepository) -> Iterator[Home]:
    homes.create(tmp_path / "home", homes.Config(role="bank", name="Bank"), PASSPHRASE)
    made = homes.open_home(tmp_path / "home", PASSPHRASE)
    repository.anchored.trust(made, repository.url, freshness={})
    yield made
    made.close()


def at_address(home: Home, url: str) -> None:
    def moved(policy: TrustPolicy) -> TrustPolicy:
        return replace(policy, repositories=tuple(replace(each, url=url) for each in policy.repositories))

    trusting.change(home.trust, moved)


# --- the words


@pytest.mark.parametrize("minutes", [0, 30, 89])
def test_what_is_fresh_is_not_spoken_of(minutes: int) -> None:
    assert warnings(ALONE, {"R": AT}, AT + minutes * MINUTE) == ()


def test_the_first_warning_comes_hours_before_anything_is_refused_and_says_what_to_do() -> None:
    said, help_ = warnings(ALONE, {"R": AT}, AT + 90 * MINUTE)
    assert "R last said of revocations is 90 minutes old" in said
    assert "counts for payment systems until 2027-01-15 14:00 UTC" in said
    assert "counts for services and item managers until 2027-01-16 08:00 UTC" in said
    assert AWAY in help_ and "semper trust explain --refresh" in help_


def test_what_is_over_is_said_to_be_over() -> None:
    said, _ = warnings(ALONE, {"R": AT}, AT + 6 * HOUR)
    assert "too old for payment systems, which get no rights here" in said and "services" in said
    said, _ = warnings(ALONE, {"R": AT}, AT + 25 * HOUR)
    assert "too old for payment systems" in said and "too old for services and item managers" in said


def test_the_bounds_are_those_of_the_users_policy() -> None:
    strict = replace(ALONE, freshness={"default": "PT1H"})
    assert warnings(strict, {"R": AT}, AT + 14 * MINUTE) == ()
    assert "until 2027-01-15 09:00 UTC" in warnings(strict, {"R": AT}, AT + 15 * MINUTE)[0]
    lenient = replace(ALONE, freshness={"max_staleness": "P7D"})
    assert "payment systems until 2027-01-15 14:00" in warnings(lenient, {"R": AT}, AT + 2 * HOUR)[0]


def test_who_has_no_address_is_renewed_by_staples_only() -> None:
    silent = replace(ALONE, repositories=tuple(replace(each, url="") for each in ALONE.repositories))
    assert "staple" in warnings(silent, {"R": AT}, AT + 2 * HOUR)[1]


# --- who refreshes tells


def test_whoever_serves_is_told_at_once_then_every_hour_and_when_it_is_over(
    home: Home, repository: CountingRepository, client: Client, clock: Time
) -> None:
    told: list[str] = []
    refresher = Refresher(home, Heads(home, client), clock, told.append)
    assert refresher.refresh()
    assert told == []
    at_address(home, AWAY)
    assert not refresher.refresh()
    assert len(told) == 1 and "cannot refresh" in told[0] and AWAY in told[0]
    clock.at += RETRY_SECONDS
    assert not refresher.refresh()
    assert len(told) == 1  # nothing new
    clock.at += 2 * HOUR
    assert not refresher.refresh()
    assert any("payment systems until" in line for line in told[1:])
    for _ in range(5):
        told.clear()
        clock.at += HOUR
        assert not refresher.refresh()
        assert told, "an hour later it is still so"
    assert any("too old for payment systems" in line for line in told)
    at_address(home, repository.url)
    told.clear()
    assert refresher.refresh()
    assert told == ["what is known of revocations is fresh again"]
    assert refresher.trouble == ""


def test_with_the_keys_closed_the_same_is_known(
    home: Home, repository: CountingRepository, client: Client, clock: Time
) -> None:
    policy = trusting.load(home.trust).policy
    assert staleness.warnings_at(home.path, policy, clock()) == ()  # nobody serves this home
    refresher = Refresher(home, Heads(home, client), clock)
    refresher.refresh()
    assert staleness.warnings_at(home.path, policy, clock()) == ()
    at_address(home, AWAY)
    began = clock.at = clock.at + MINUTE
    refresher.refresh()
    policy = trusting.load(home.trust).policy
    (said,) = staleness.warnings_at(home.path, policy, clock() + MINUTE)
    assert moment(began) in said and AWAY in said
    later = staleness.warnings_at(home.path, policy, clock() + 3 * HOUR)
    assert later[:2] == hearing.warnings_in(home, policy, clock() + 3 * HOUR)[:2]
    assert "3 hours old" in later[0] and "asking failed" in later[-1]


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"\xff", b'{"asked": "now"}', b'{"schema": "semper.heard/9", "asked": 1}']
)
def test_what_was_left_and_cannot_be_read_warns_of_nothing(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / staleness.HEARD).write_bytes(junk)
    assert staleness.read(tmp_path) is None
    assert staleness.warnings_at(tmp_path, ALONE, AT) == ()


def test_a_full_disk_does_not_end_the_refreshing(
    home: Home, client: Client, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, heard: Heard) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staleness, "write", full)
    told: list[str] = []
    assert Refresher(home, Heads(home, client), clock, told.append).refresh()
    assert any("No space left" in line for line in told)


def test_a_fault_of_our_own_is_told_and_does_not_end_the_refreshing(
    home: Home, repository: CountingRepository, client: Client, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    refresher = Refresher(home, Heads(home, client), clock, told.append)
    with monkeypatch.context() as broken:
        broken.setattr(Heads, "refresh", lambda heads, now: 1 // 0)
        assert not refresher.refresh()
    assert any("ZeroDivisionError inside the host" in line for line in told)
    assert refresher.refresh() and not refresher.trouble


# --- the screens of a deal


def test_a_buyer_sees_it_before_the_terms(
    home: Home, repository: CountingRepository, client: Client, clock: Time
) -> None:
    person = Person()
    buyer = Buyer(home, cast(Any, None), client, TrustedInterface(cast(Any, person)), clock=clock)
    warn(home, buyer.interface, clock())
    assert person.screens == []
    buyer.heads.refresh(clock())
    warn(home, buyer.interface, clock())
    assert person.screens == []
    clock.at += 2 * HOUR
    warn(home, buyer.interface, clock())
    (screen,) = person.screens
    text = " ".join(line.strip() for line in screen)
    assert "Getting out of date" in text and "payment systems until" in text
    assert "semper trust explain --refresh" in text


def test_hostile_words_in_it_keep_no_deal_from_going_on(
    home: Home, client: Client, clock: Time, repository: CountingRepository
) -> None:
    person = Person()
    buyer = Buyer(home, cast(Any, None), client, TrustedInterface(cast(Any, person)), clock=clock)
    buyer.heads.refresh(clock())
    hostile = "cannot reach \u202emoc.\u0430pple\x1b[2J" * 60
    staleness.write(home.path, Heard(asked=clock(), trouble=hostile, since=clock()))
    clock.at += 2 * HOUR
    warn(home, buyer.interface, clock())
    assert person.screens and all(line.isascii() and line.isprintable() for line in person.screens[0])


# --- the commands


def test_semper_up_says_so_at_once(home: Home, tmp_path: Path) -> None:
    at_address(home, AWAY)
    home.close()
    (tmp_path / "secret").write_text(PASSPHRASE + "\n")
    command = [sys.executable, "-m", "semper_host", "--home", str(home.path), "--passphrase-file",
               str(tmp_path / "secret"), "up"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as up:
        try:
            assert up.stderr is not None
            warned = up.stderr.readline()
            assert warned.startswith("warning: ") and "revocations" in warned
            assert any(AWAY in line for line in (warned, up.stderr.readline(), up.stderr.readline()))
        finally:
            up.terminate()
            up.wait(20)
