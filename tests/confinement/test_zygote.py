"""The fork server and its workers, alive: calls, threads, ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import semper_host
from semper_host.api_v1 import Item, Keep, Money, Random, Refused, Settled
from semper_host.confinement import fork_server, wall_types
from semper_host.confinement import zygote as zygote_module
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import BundleMisbehaved, CapabilityRefused, Unavailable

PAYER = b"""
from semper_host.api_v1 import Keep, Money, Random, Refused, Settled

calls = []

def withdraw(amount, values):
    drawn = yield Random(4)
    yield Keep("drawn", drawn)
    calls.append(amount)
    return Settled(drawn) if sum(values) == amount.minor else Refused("X", f"{len(calls)} calls for {amount}")

def refresh(coins, values):
    while True:
        pass

def reclaim(label):
    return helper(label)

def helper(label):
    raise ValueError("no such label: " + label.hex())
"""
SOURCE = Source(b"z" * 32, "payment-system", {"payer": PAYER})
AMOUNT = Money(300, "EUR")


def _answer(request: Any) -> Any:
    return b"abcd" if isinstance(request, Random) else None


def test_a_generator_is_answered_and_its_typed_result_comes_back(zygote: Zygote) -> None:
    seen: list[Any] = []

    def answer(request: Any) -> Any:
        seen.append(request)
        return _answer(request)

    assert zygote.call(SOURCE, "payer.withdraw", (AMOUNT, [100, 200]), answer) == Settled(b"abcd")
    assert seen == [Random(4), Keep("drawn", b"abcd")]


def test_each_call_gets_a_fresh_worker_but_a_worker_remembers(zygote: Zygote) -> None:
    for _ in range(2):
        assert zygote.call(SOURCE, "payer.withdraw", (AMOUNT, []), _answer) == Refused("X", "1 calls for 3.00 EUR")
    with zygote.worker(SOURCE) as worker:
        worker.call("payer.withdraw", (AMOUNT, []), _answer)
        assert worker.call("payer.withdraw", (AMOUNT, []), _answer) == Refused("X", "2 calls for 3.00 EUR")


def test_what_the_answerer_raises_comes_through_and_the_worker_is_gone(zygote: Zygote) -> None:
    def refuse(request: Any) -> Any:
        raise CapabilityRefused("CAPABILITY_REFUSED", "cannot answer")

    with zygote.worker(SOURCE) as worker:
        with pytest.raises(CapabilityRefused):
            worker.call("payer.withdraw", (AMOUNT, []), refuse)
        with pytest.raises(BundleMisbehaved, match="closed"):
            worker.call("payer.withdraw", (AMOUNT, []), _answer)


def test_a_failure_names_file_and_line_of_the_bundle(zygote: Zygote) -> None:
    with pytest.raises(BundleMisbehaved, match=r"at payer.py:20: ValueError: no such label: 00ff") as failure:
        zygote.call(SOURCE, "payer.reclaim", (b"\0\xff",), _answer)
    assert failure.value.code == "BUNDLE_FAILED"


def test_a_bundle_that_exceeds_its_wall_time_is_killed(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=30, wall_seconds=1)
    with pytest.raises(BundleMisbehaved, match="over 1 seconds") as failure:
        zygote.call(SOURCE, "payer.refresh", ([], []), _answer, limits)
    assert failure.value.code == "BUNDLE_KILLED"


def test_the_time_the_host_takes_is_not_the_bundles(zygote: Zygote) -> None:
    ours: list[float] = []

    def slow(request: Any) -> Any:
        asked = time.monotonic()
        time.sleep(0.2)
        answer = _answer(request)
        ours.append(time.monotonic() - asked)
        return answer

    began = time.monotonic()
    with zygote.worker(SOURCE, Limits(wall_seconds=30)) as worker:
        worker.call("payer.withdraw", (AMOUNT, [300]), slow)
        assert ours and 30 - worker.left <= time.monotonic() - began - sum(ours)


def test_many_threads_call_at_once(zygote: Zygote) -> None:
    results: list[Any] = []

    def work(cents: int) -> None:
        amount = Money(cents, "EUR")
        results.append(zygote.call(SOURCE, "payer.withdraw", (amount, [cents]), _answer) == Settled(b"abcd"))

    threads = [threading.Thread(target=work, args=(cents,)) for cents in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 24


def test_lint_gives_an_author_the_same_verdicts(zygote: Zygote) -> None:
    found = zygote.lint({"payer": b"x = 1 / 2\n", "payee": b"import os\n", "bank": PAYER})
    assert [(finding.filename, finding.line, finding.rule) for finding in found] == [
        ("payer.py", 1, "true-division"), ("payee.py", 1, "import"),
    ]  # fmt: skip


def test_source_over_the_limit_is_refused(zygote: Zygote) -> None:
    huge = Source(b"h", "item-manager", {"manager": b"#" * 300_000})
    with pytest.raises(BundleMisbehaved) as refusal:
        zygote.call(huge, "manager.describe", (Item("a", "b"),), _answer)
    assert refusal.value.code == "DIALECT_REFUSED"


def test_an_answer_too_large_for_a_frame_is_refused_on_the_hosts_side(zygote: Zygote) -> None:
    with pytest.raises(BundleMisbehaved) as refusal:
        zygote.call(SOURCE, "payer.withdraw", (AMOUNT, []), lambda request: bytes(70_000))
    assert refusal.value.code == "QUOTA_EXCEEDED"


def test_a_role_without_module_is_named(zygote: Zygote) -> None:
    with pytest.raises(BundleMisbehaved, match="no module payee"):
        zygote.call(SOURCE, "payee.status", (b"",), _answer)


def test_a_closed_fork_server_refuses_and_leaves_no_zombie() -> None:
    zygote = Zygote.start()
    pid = zygote.pid
    zygote.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(Unavailable) as refusal:
        zygote.call(SOURCE, "payer.withdraw", (AMOUNT, []), _answer)
    assert refusal.value.code == "CONFINEMENT_UNAVAILABLE"


def test_a_fork_server_that_cannot_start_says_why() -> None:
    with pytest.raises(Unavailable, match=r"did not start: .*No module named"):
        Zygote.start(("-m", "semper_host.confinement.missing"))


def test_the_fork_server_is_found_though_the_package_came_from_a_relative_path() -> None:
    root = Path(semper_host.__file__).resolve().parent.parent
    script = "from semper_host.confinement.zygote import Zygote\nZygote.start().close()\nprint('started')"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, env={"PYTHONPATH": "."}, check=False
    )
    assert done.stdout == "started\n", done.stderr


def test_a_killed_fork_server_takes_its_workers_along() -> None:
    with Zygote.start() as zygote, zygote.worker(SOURCE) as worker:
        worker.ready()
        below = _descendants(zygote.pid)
        assert below
        os.kill(zygote.pid, signal.SIGKILL)
        assert _all_end(below)
        with pytest.raises(BundleMisbehaved, match="its worker vanished"):
            worker.call("payer.withdraw", (AMOUNT, []), _answer)


def test_workers_die_with_a_host_that_is_killed() -> None:
    root = str(Path(semper_host.__file__).parent.parent)
    script = (
        "from semper_host.confinement.zygote import *; z = Zygote.start()\n"
        f"w = z.worker(Source(b'', 'payment-system', {{'payer': {PAYER!r}}}))\n"
        "w.ready(); print(z.pid, flush=True)\n"
        "w.call('payer.refresh', ([], []), print)\n"
    )
    host = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env={"PYTHONPATH": root})
    assert host.stdout is not None
    server = int(host.stdout.readline())
    everything = [server, *_descendants(server)]
    assert len(everything) >= 2
    host.kill()
    host.wait()
    host.stdout.close()
    assert _all_end(everything)


def test_the_host_never_compiles_or_runs_bundle_bytes() -> None:
    root = str(Path(semper_host.__file__).parent.parent)
    script = f"""
import sys
from semper_host.confinement.zygote import *
from semper_host.api_v1 import Money, Settled
assert "semper_host.confinement.dialect" not in sys.modules and "RestrictedPython" not in sys.modules
z = Zygote.start()
source = Source(b'', 'payment-system', {{'payer': {PAYER!r}}})
seen = []
def hook(event, arguments):
    if event in ("compile", "exec", "import", "marshal.loads", "pickle.find_class", "code.__new__", "function.__new__"):
        seen.append((event, str(arguments)[:200]))
z.lint(source.modules)  # what the host imports late, it imports here
sys.addaudithook(hook)
answer = lambda request: b"" if hasattr(request, "count") else None
result = z.call(source, "payer.withdraw", (Money(1, "EUR"), [1]), answer)
assert result == Settled(b""), result
assert z.lint(source.modules) == []
assert seen == [], seen
z.close()
print("clean")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={"PYTHONPATH": root}, check=False
    )
    assert done.stdout == "clean\n", done.stderr


def test_the_same_inputs_give_the_same_bytes_in_fresh_servers_with_other_address_layouts() -> None:
    source = b"""
class Thing:
    pass

def describe(item):
    things = {Thing(): n for n in range(50)}
    words = {word: 1 for word in [item.title, "b", "a", None]}
    return [f"{n}" for n in things.values()] + [f"{word}" for word in words] + sorted(["z", item.kind])
"""
    bundle = Source(b"d", "item-manager", {"manager": source})
    item = Item("statement", "offer", title="A course")
    results = set()
    for _ in range(3):
        with Zygote.start() as zygote:
            for _ in range(5):
                results.add(tuple(zygote.call(bundle, "manager.describe", (item,), _answer)))
    assert len(results) == 1


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return children + [each for child in children for each in _descendants(child)]


def _all_end(pids: list[int]) -> bool:
    """Say whether all processes are gone, or only waited for, within half a minute."""
    for _ in range(1500):
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


ROUNDS = b"""
from semper_host.api_v1 import Now

def restore(value, first, count):
    seen = []
    for _ in range(count):
        seen.append((yield Now()))
    return sum(seen)
"""


def test_known_answers_come_in_order_before_the_others_however_many_they_are(zygote: Zygote) -> None:
    source = Source(b"k" * 32, "payment-system", {"payer": ROUNDS})
    asked: list[Any] = []

    def answer(request: Any) -> int:
        asked.append(request)
        return 1_000_000 + len(asked)

    known = [wall_types.ENCODE(number) for number in range(8_000)]
    with zygote.worker(source) as worker:
        total = worker.call("payer.restore", (1, 0, 8_003), answer, known)
    assert total == sum(range(8_000)) + sum(range(1_008_001, 1_008_004))
    assert len(asked) == 8_003  # every request was shown, also those that had their answers


def test_a_bundle_that_leaves_known_answers_unread_has_not_asked_for_them(zygote: Zygote) -> None:
    source = Source(b"k" * 32, "payment-system", {"payer": ROUNDS})
    asked: list[Any] = []
    with zygote.worker(source) as worker:
        assert worker.call("payer.restore", (1, 0, 2), asked.append, [wall_types.ENCODE(1)] * 3) == 2
    assert len(asked) == 2


def test_recursion_has_the_same_room_whatever_the_hosts_own_limit_is() -> None:
    script = """
from semper_host.confinement.zygote import Zygote
with Zygote.start() as zygote:
    print([line for line in open(f"/proc/{zygote.pid}/limits") if line.startswith("Max stack size")])
"""
    command = ["sh", "-c", 'ulimit -S -s 4096; exec "$@"', "sh", sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f" {fork_server.STACK} " in done.stdout, done.stderr


@pytest.mark.skipif(sys.version_info < (3, 14), reason="remote debugging came with Python 3.14")
def test_the_fork_server_takes_no_code_from_a_debugger_and_compiles_none_to_machine_code() -> None:
    script = "import sys; print(sys.is_remote_debug_enabled(), sys._jit.is_enabled())"
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=zygote_module._clean_environment(),
        check=True,
    )
    assert told.stdout.split() == ["False", "False"]


def test_the_fork_server_has_no_module_that_no_worker_needs() -> None:
    script = """
from semper_host.confinement import lean
import sys
absent = [*lean.ABSENT, "random", "socket", "platform", "selectors", "ssl", "RestrictedPython.Guards"]
absent += ["_decimal", "_hashlib", "_md5", "_blake2", "_sha1", "_sha3"] if lean.OWN_SHA256 else ["_decimal"]
print([name for name in absent if sys.modules.get(name)])
print([name for name in lean.EMPTY if sys.modules[name].__spec__])
"""
    command, clean = [sys.executable, "-S", "-c", script], zygote_module._clean_environment()
    done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
    assert done.stdout.strip() == "[]\n[]", done.stderr
