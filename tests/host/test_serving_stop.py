"""SIGTERM: whoever waits is let go with an answer, and the process ends well before its grace is over."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from semper_host.host import data
from semper_host.host import home as homes
from semper_host.supporting.communication.client import Client
from tests.host.marketplace import PASSPHRASE

PROGRAM = '''
import sys, threading
from pathlib import Path
from semper_host.host import home as homes, serving

class Waiting:
    """Holds every request until it is stopped."""
    def __init__(self):
        self.ended = threading.Event()
    def routes(self):
        return {"/wait": self.wait}
    def pages(self):
        return {}
    def files(self):
        return {}
    def start(self):
        pass
    def stop(self):
        self.ended.set()
    def wait(self, body):
        print("waiting", flush=True)
        return b"let go" if self.ended.wait(60) else b"forgotten"

home = homes.open_home(Path(sys.argv[1]), sys.argv[2])
serving.serve(home, more={"buyer": lambda home, sandbox, client: Waiting()})
home.close()
'''


def test_a_waiting_request_is_answered_when_the_server_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "home"
    homes.create(path, homes.Config(role="buyer", name="waiter"), PASSPHRASE)
    command = [sys.executable, "-c", PROGRAM, str(path), PASSPHRASE]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=data.checkout()) as process,
        ThreadPoolExecutor(1) as pool,
        Client() as client,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("ready ").strip()
            answer = pool.submit(client.post, url + "/wait", b"")
            assert process.stdout.readline() == "waiting\n"
            process.send_signal(signal.SIGTERM)
            assert answer.result(30) == b"let go"
            assert process.wait(30) == 0
        finally:
            process.kill()
