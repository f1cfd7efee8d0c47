"""Kills a process that publishes at every one of its writes: `python -m tests.service_repo.killing FOLDER SCENARIO`.

A program of its own: forking is safe only where no other thread may hold a lock.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semper_host.admission.log_evidence import read_staple, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import Withdrawal, digest, sign
from service_repo import durable_file, layout
from service_repo.audit import audit
from service_repo.log import store
from tests.service_repo.conftest import NAMES, NOW, PUBLISHER, World, content, make, series, world_at

Scenario = Callable[[World], None]
BUNDLE = make()
SAME = ("statements/", "heads/")


def publish(world: World) -> None:
    world.repository.publish(BUNDLE.archive, BUNDLE.release, BUNDLE.evaluations, BUNDLE.head)


def publish_the_next(world: World) -> None:
    first, second = series(2)
    world.repository.publish(first.archive, first.release, (), first.head)
    world.repository.publish(second.archive, second.release, second.evaluations, second.head)


def withdraw(world: World) -> None:
    publish(world)
    world.repository.say(sign(Withdrawal("semper/items", BUNDLE.digest, "old", NOW), PUBLISHER))
    world.repository.sequencer.catch_up()


def prepared(folder: Path) -> None:
    """Give every repository of this test the same keys."""
    private = folder / "repository.private"
    private.mkdir(parents=True, mode=0o700)
    for name in ("log.seed", "status.seed"):
        (private / name).write_bytes(name.encode().ljust(32))


def small_world(folder: Path) -> World:
    return world_at(folder, quorum=1, names=NAMES[:1])


def run(folder: Path, scenario: Scenario, deadly: int) -> bool:
    """Run the scenario in a child process that is killed at its `deadly`-th write; say whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            world = small_world(folder)
            die_at(deadly)
            scenario(world)
            os._exit(0)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def die_at(deadly: int) -> None:
    """Let this process kill itself, as kill -9 would, at its `deadly`-th sync, rename, write or commit."""
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
    durable_file.os.open = counted(os.open)  # type: ignore[attr-defined]
    durable_file.os.write = counted(os.write, after=True)  # type: ignore[attr-defined]
    store.run = counted(store.run, counts=lambda connection, text: text == "COMMIT", after=True)


def check_visible(folder: Path) -> None:
    """What readers see holds: every version that is shown comes with its proof, and the log with all its content."""
    world = small_world(folder)
    repository = world.repository
    for file in (repository.directory / "index").glob("*/*.cbor"):
        entry = layout.Entry.decode(file.read_bytes())
        pack = repository.folder.read(layout.pack_path(entry.bundle)) or b""
        assert digest(pack) == entry.pack
        opened = read_pack(pack)
        proven = verify_staple(read_staple(opened.staple), repository.policy).statements
        assert {digest(opened.release), *map(digest, opened.evaluations)} <= proven.keys()
    if repository.sequencer.published():
        found = audit(repository.folder, repository.policy).findings
        assert not [each for each in found if each.place != layout.STATUS]
    repository.close()


SCENARIOS: dict[str, Scenario] = {each.__name__: each for each in (publish, publish_the_next, withdraw)}


def kill_everywhere(place: Path, scenario: Scenario) -> None:
    """Kill the scenario at its first write, its second, and so on until it comes to its end; check each time."""
    prepared(place / "whole")
    assert run(place / "whole", scenario, 0)
    whole = content(place / "whole" / "repository")
    for deadly in range(1, 1000):
        folder = place / str(deadly)
        prepared(folder)
        ended = run(folder, scenario, deadly)
        check_visible(folder)
        assert run(folder, scenario, 0)
        again = content(folder / "repository")
        assert all(again.get(name) == data for name, data in whole.items() if name.startswith(SAME))
        check_visible(folder)
        if ended:
            break
    assert 30 < deadly < 999


if __name__ == "__main__":
    kill_everywhere(Path(sys.argv[1]), SCENARIOS[sys.argv[2]])
