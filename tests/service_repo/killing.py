"""Kills a process that publishes at every one of its writes: `python -m tests.service_repo.killing FOLDER SCENARIO`.

A program of its own: forking is safe only where no other thread may hold a lock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semper_host.admission.log_entries import open_entry
from semper_host.admission.log_evidence import read_staple, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.supporting.cryptographic.merkle import leaf_hash, verify_inclusion
from service_repo import durable_file, layout
from service_repo.audit import audit, verified
from service_repo.inventory import entries_of
from service_repo.log import store
from service_repo.publish import Repository
from tests.service_repo.conftest import NAMES, NOW, PUBLISHER, World, content, make, series, world_at

Scenario = Callable[[World], None]
BUNDLE = make()
SAME = ("statements/",)


def publish(world: World) -> None:
    world.repository.publish(BUNDLE.archive, BUNDLE.release, BUNDLE.evaluations)


def publish_the_next(world: World) -> None:
    first, second = series(2)
    world.repository.publish(first.archive, first.release)
    world.repository.publish(second.archive, second.release, second.evaluations)


def withdraw(world: World) -> None:
    publish(world)
    world.repository.say(sign(Withdrawal("semper/items", BUNDLE.digest, "old", NOW), PUBLISHER))
    world.repository.sequencer.catch_up()


def publish_unwatched(world: World) -> None:
    """Where no witness is asked, logging and signing are one transaction."""
    publish_the_next(world)


def prepared(folder: Path) -> None:
    """Give every repository of this test the same keys."""
    private = folder / "repository.private"
    private.mkdir(parents=True, mode=0o700)
    for name in ("log.seed", "status.seed"):
        (private / name).write_bytes(name.encode().ljust(32))


def small_world(folder: Path, scenario: Scenario) -> World:
    witnesses = 0 if scenario is publish_unwatched else 1
    return world_at(folder, quorum=witnesses, names=NAMES[:witnesses])


def run(folder: Path, scenario: Scenario, deadly: int) -> bool:
    """Run the scenario in a child process that is killed at its `deadly`-th write; say whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            world = small_world(folder, scenario)
            die_at(deadly)
            scenario(world)
            os._exit(0)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def die_at(deadly: int) -> None:
    """Let this process kill itself, as kill -9 would, at its `deadly`-th sync, link, rename, write or commit."""
    count = 0

    def counted(call: Any, *, counts: Callable[..., bool] = lambda *arguments: True, after: bool = False) -> Any:
        def run(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if not counts(*arguments):
                return call(*arguments, **named)
            count += 1
            if count == deadly:
                os.kill(os.getpid(), 9)
            done = call(*arguments, **named)
            count += after
            if after and count == deadly:
                os.kill(os.getpid(), 9)
            return done

        return run

    durable_file.os.fsync = counted(os.fsync)  # type: ignore[attr-defined]
    durable_file.os.replace = counted(os.replace)  # type: ignore[attr-defined]
    durable_file.os.link = counted(os.link)  # type: ignore[attr-defined]
    durable_file.os.ftruncate = counted(os.ftruncate)  # type: ignore[attr-defined]
    durable_file.os.open = counted(os.open)  # type: ignore[attr-defined]
    durable_file.os.write = counted(os.write, after=True)  # type: ignore[attr-defined]
    store.run = counted(store.run, counts=lambda connection, text: text == "COMMIT", after=True)


def check_visible(folder: Path, scenario: Scenario) -> None:
    """What readers see holds: every version that is shown comes with its proof, and the log with all its content."""
    world = small_world(folder, scenario)
    repository = world.repository
    for entry in entries_of(repository.directory):
        pack = repository.folder.read(layout.pack_path(entry.bundle)) or b""
        assert digest(pack) == entry.pack
        opened = read_pack(pack)
        assert {digest(opened.release), *map(digest, opened.evaluations)} <= proven(repository, opened.staple)
    if repository.sequencer.published():
        found = audit(repository.folder, repository.policy).findings
        assert not [each for each in found if each.place != layout.STATUS]
    repository.close()


def proven(repository: Repository, data: bytes) -> set[bytes]:
    """Return the digests of the statements that a staple proves: a host needs witnesses for that, we do not."""
    staple = read_staple(data)
    if repository.policy.quorum:
        return set(verify_staple(staple, repository.policy).statements)
    checkpoint = verified(staple.checkpoint, repository.policy)
    for each in staple.entries:
        leaf = leaf_hash(each.entry)
        assert verify_inclusion(leaf, each.index, checkpoint.size, each.proof, checkpoint.root)
    return {open_entry(each.entry).statement for each in staple.entries}


def indices(files: dict[str, bytes]) -> list[tuple[str, tuple[str, ...], int]]:
    """Return what is listed of each bundle id; which checkpoint its packs are proven under may differ."""
    found = [layout.Index.decode(data) for name, data in sorted(files.items()) if name.startswith("index/")]
    return [(each.id, each.versions, len(each.entries)) for each in found]


EVERY: tuple[Scenario, ...] = (publish, publish_the_next, publish_unwatched, withdraw)
SCENARIOS: dict[str, Scenario] = {each.__name__: each for each in EVERY}


def kill_everywhere(place: Path, scenario: Scenario) -> None:
    """Kill the scenario at its first write, its second, and so on until it comes to its end; check each time."""
    prepared(place / "whole")
    assert run(place / "whole", scenario, 0)
    whole = content(place / "whole" / "repository")
    for deadly in range(1, 1000):
        folder = place / str(deadly)
        prepared(folder)
        ended = run(folder, scenario, deadly)
        check_visible(folder, scenario)
        assert run(folder, scenario, 0)
        again = content(folder / "repository")
        assert all(again.get(name) == data for name, data in whole.items() if name.startswith(SAME))
        assert indices(again) == indices(whole)
        check_visible(folder, scenario)
        if ended:
            break
    assert 60 < deadly < 999


if __name__ == "__main__":
    kill_everywhere(Path(sys.argv[1]), SCENARIOS[sys.argv[2]])
