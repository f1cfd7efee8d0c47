"""Kills a buyer's host at its writes while it admits: `python -m tests.admission.killing FOLDER MOST [SCENARIO…]`.

The host is the real command line in a process of its own. It fetches from a real repository over HTTP, and is killed
when it comes to a write, sync, rename or unlink, be it its own or SQLite's. Then it starts again. MOST of the calls
are deadly, spread evenly; 0: all. A program of its own: forking is safe only where no other thread may hold a lock.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from semper_host.admission.pack import Pack
from semper_host.admission.statements import digest
from semper_host.host import installed, trusting
from semper_host.host.home import Home
from semper_host.supporting.anchor.files import is_older
from tests.admission.deadly_calls import run
from tests.admission.killing_scene import (
    KNOWING,
    NEW,
    OLD,
    OTHER,
    STRANGER,
    WANTED,
    Scene,
    known,
    opened,
    refresh,
    refusal,
    size_of,
    staged,
    stapled_size,
)
from tests.host.marketplace import now

LIE = "LOG_EQUIVOCATION"


class Scenario(NamedTuple):
    """In which home, with what to show, what is done until the kill; what holds then, and in the end besides."""

    home: str
    shown: str
    work: Callable[[Scene, Path], None]
    holds: Callable[[Scene, Home], None]
    ended: Callable[[Home], bool]


def admit(scene: Scene, path: Path) -> None:
    assert not any(scene.admit(path, scene.wanted))


def rely_and_admit(scene: Scene, path: Path) -> None:
    assert not any(scene.rely(path) + scene.admit(path, scene.wanted))


def be_lied_to(scene: Scene, path: Path) -> None:
    first, second = scene.admit(path, scene.other)
    assert first in (LIE, "1")  # the command that says why, once the dispute is known
    assert second == LIE


def bundle_is_whole_or_not_there(scene: Scene, home: Home) -> None:
    """Nothing of the bundle is there, or all of it and what it rests on."""
    subject = digest(scene.wanted.archive)
    assert set(home.archive.kept_names(b"installed")) in (set(), {WANTED, subject.hex()})
    if not installed.ids(home):
        return
    assert installed.current(home, WANTED) == subject
    assert installed.pack_of(home, subject) == scene.wanted
    assert size_of(known(home).note) >= stapled_size(scene.wanted)
    assert installed.admit_pack(home, scene.wanted, now()).grants.evaluated


def nothing_known_is_forgotten(scene: Scene, home: Home) -> None:
    """Neither the log's size nor the anchor's age; what was revoked stays so, and the way back stays barred."""
    bundle_is_whole_or_not_there(scene, home)
    assert refusal(partial(installed.install, home, scene.revoked, now())) == "REVOKED_BUNDLE"
    before = known(home)
    assert size_of(before.note) >= size_of(scene.seen.note)
    assert not is_older(before.anchor, scene.seen.anchor)
    scene.shows(OLD)
    assert {each.code for each in refresh(home).refusals} == {"ROLLBACK"}
    scene.shows(NEW)
    assert known(home) == before


def nothing_is_half_trusted(scene: Scene, home: Home) -> None:
    """The repository is relied on, with its root, or not yet."""
    if trusting.load(home.trust).policy.repositories:
        known(home)
        bundle_is_whole_or_not_there(scene, home)
    else:
        assert not installed.ids(home)


def lie_is_known_or_found_again(scene: Scene, home: Home) -> None:
    """The first note is not forgotten: both are kept now, or will be at the next question. Nothing was admitted."""
    if not known(home).dispute:
        assert known(home) == scene.seen
        assert refusal(partial(refresh, home)) == LIE
    dispute = known(home).disputed
    assert dispute is not None
    assert {dispute.one, dispute.other} == scene.notes
    assert home.archive.document(digest(known(home).dispute)) == known(home).dispute
    packs: list[Pack] = [scene.wanted, scene.other, scene.revoked]
    assert {refusal(partial(installed.install, home, pack, now())) for pack in packs} == {LIE}
    assert not installed.ids(home)


SCENARIOS = {
    "admit": Scenario(KNOWING, NEW, admit, nothing_known_is_forgotten, lambda home: bool(installed.ids(home))),
    "rely_and_admit": Scenario(
        STRANGER, NEW, rely_and_admit, nothing_is_half_trusted, lambda home: bool(installed.ids(home))
    ),
    "be_lied_to": Scenario(
        KNOWING, OTHER, be_lied_to, lie_is_known_or_found_again, lambda home: bool(known(home).dispute)
    ),
}


def check(scene: Scene, scenario: Scenario, path: Path, *, ended: bool) -> None:
    """Start again, and see that all holds."""
    with opened(path) as home:
        if ended:
            assert scenario.ended(home)
        scenario.holds(scene, home)


def kill_at(scene: Scene, scenario: Scenario, deadly: int) -> bool:
    """Do the work up to its `deadly`-th call; check, do it again and check. Say whether it was killed."""
    path = scene.folder / f"killed{deadly}"
    shutil.copytree(scene.folder / scenario.home, path)
    scene.shows(scenario.shown)
    killed = run(partial(scenario.work, scene, path), deadly).killed
    run(partial(check, scene, scenario, path, ended=not killed))
    scene.shows(scenario.shown)
    run(partial(scenario.work, scene, path))
    run(partial(check, scene, scenario, path, ended=True))
    shutil.rmtree(path)
    return killed


def kill_everywhere(scene: Scene, scenario: Scenario, most: int) -> None:
    """Kill the work at its first call, its second and so on until it comes to its end, or at `most` of them."""
    path = scene.folder / "whole"
    shutil.copytree(scene.folder / scenario.home, path)
    scene.shows(scenario.shown)
    count = len(run(partial(scenario.work, scene, path)).calls)
    step = -(-count // most) if most else 1
    deaths = [kill_at(scene, scenario, deadly) for deadly in range(step // 2 + 1, count + 1, step)]
    assert count > 20
    assert any(deaths)
    shutil.rmtree(path)


if __name__ == "__main__":
    with staged(Path(sys.argv[1])) as staged_scene:
        for name in sys.argv[3:] or SCENARIOS:
            kill_everywhere(staged_scene, SCENARIOS[name], int(sys.argv[2]))
