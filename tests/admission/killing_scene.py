"""A real repository as it was, as it is and as it lies, and buyers' homes that know some of it, for `killing`."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import typer

from semper_host.admission.log_evidence import read_staple
from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import Revocation, digest
from semper_host.cli import bundle, judging, repositories
from semper_host.cli.program import app
from semper_host.cli.proving import prove
from semper_host.host import home as homes
from semper_host.host import known_heads, trusting
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.known_heads import KnownHead
from semper_host.host.line import line_of
from semper_host.host.standing import Learnt
from semper_host.model.errors import SemperError
from semper_host.model.grants import Capability
from semper_host.supporting.anchor import client
from semper_host.supporting.cryptographic import keyring, secret, signed_note
from semper_host.supporting.cryptographic.checkpoint import parse_checkpoint
from semper_host.supporting.cryptographic.x509 import Purpose
from service_repo import server
from tests.admission.deadly_calls import run
from tests.attacks_on_terms.malicious import CHECKPOINT, Malicious
from tests.host.marketplace import PASSPHRASE, Authorities, now

NAME, WANTED = "Harbour", "harbour/wanted"
OLD, NEW, OTHER = "old", "new", "other"
STRANGER, KNOWING = "stranger", "knowing"
_SHOWN, _PASSPHRASE = "shown", "passphrase"
LOADED = (bundle, judging, repositories, client)  # before each child would do so for itself
keyring.stretch = functools.cache(secret.stretch)  # type: ignore[attr-defined]  # a home is opened hundreds of times


@dataclass(frozen=True)
class Scene:
    """What lies in `folder`. The home `knowing` has asked before the wanted bundle was published; `stranger` knows of
    no repository.
    """

    folder: Path
    url: str
    fingerprint: str
    revoked: Pack  # with a staple of before it was revoked
    wanted: Pack
    other: Pack  # of the other history
    seen: KnownHead  # by the home that knows something
    notes: frozenset[bytes]  # what that home has seen, and the other history's

    def shows(self, what: str) -> None:
        """Have the repository serve the files in the folder `what` from now on."""
        _show(self.folder, what)

    def semper(self, home: Path, *words: str) -> str:
        """Run a command of the real program; return its refusal's code or its exit code, "" where all is well."""
        common = ("--home", str(home), "--passphrase-file", str(self.folder / _PASSPHRASE))
        try:
            return str(app([*common, *words], standalone_mode=False) or "")
        except SemperError as error:
            return error.code
        except typer.Exit as error:
            return str(error.exit_code or "")

    def rely(self, home: Path) -> list[str]:
        """Rely on the repository, unless this home does so; return the refusals."""
        if trusting.load(home / homes.TRUST).policy.repositories:
            return []
        return [self.semper(home, "trust", "repository", "add", self.url, "--sha256", self.fingerprint, "--name", NAME)]

    def admit(self, home: Path, pack: Pack) -> list[str]:
        """Ask for the head, then fetch a pack and admit it; return the refusals."""
        name = digest(pack.archive).hex()
        return [
            self.semper(home, "bundle", "verify", "--refresh", str(self.folder / f"{name}.smpack")),
            self.semper(home, "bundle", "install", f"{self.url}/packs/{name}.smpack"),
        ]


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Scene]:
    """Make the scene below `folder`, and serve the repository's files meanwhile."""
    with _served(folder) as url:
        board = Authorities()
        harbour = Malicious(folder / "harbour", board, now)
        terms = harbour.terms(id="harbour/revoked")
        revoked = harbour.publish(terms)
        shutil.copytree(harbour.directory, folder / OLD)
        harbour.say(Revocation("bundle", terms.digest, now(), "a hole", now()), harbour.publisher)
        harbour.renewed(terms)
        fork = harbour.fork(folder / "fork")
        harbour.publish(harbour.terms(id="harbour/seen"))
        for name in (STRANGER, KNOWING):
            homes.create(folder / name, homes.Config(role="buyer", name=name), PASSPHRASE)
            _trust(folder / name / homes.TRUST, board)
        (folder / _PASSPHRASE).write_text(PASSPHRASE)
        trusting.add_repository(folder / KNOWING / homes.TRUST, NAME, harbour.root, url)
        shutil.copytree(harbour.directory, folder / "before")
        _show(folder, "before")
        run(lambda: _asked(folder / KNOWING))
        other = [fork.publish(fork.terms(id=f"harbour/{each}")) for each in ("longer", "other")][-1]
        wanted = harbour.publish(harbour.terms(id=WANTED))
        for made, name in ((harbour, NEW), (fork, OTHER)):
            shutil.copytree(made.directory, folder / name)
            made.close()
        for pack in (wanted, other):
            (folder / f"{digest(pack.archive).hex()}.smpack").write_bytes(write_pack(pack))
        with opened(folder / KNOWING) as home:
            seen = known(home)
        notes = frozenset([seen.note, fork.read(CHECKPOINT)])
        yield Scene(folder, url, sha256(harbour.root).hexdigest(), revoked, wanted, other, seen, notes)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Home]:
    home = homes.open_home(path, PASSPHRASE)
    try:
        yield home
    finally:
        home.close()


def known(home: Home) -> KnownHead:
    """Return what the home knows of the repository."""
    [repository] = trusting.load(home.trust).policy.repositories
    return known_heads.load(home, repository).known


def refresh(home: Home) -> Learnt:
    """Ask for the head."""
    with line_of(home) as client:
        return Heads(home, client, prove).refresh(now())


def refusal(work: Callable[[], object]) -> str:
    """Return the code that `work` is refused with, "" where it is not."""
    try:
        work()
    except SemperError as error:
        return error.code
    return ""


def size_of(note: bytes) -> int:
    """Return how many entries a checkpoint covers; 0 without one."""
    return parse_checkpoint(signed_note.parse(note).text).size if note else 0


def stapled_size(pack: Pack) -> int:
    """Return how many entries the log has by the pack's staple."""
    return size_of(read_staple(pack.staple).checkpoint)


def _trust(directory: Path, board: Authorities) -> None:
    trusting.add(directory, "Evaluators", board.evaluating.chain[0], [Purpose.EVALUATE], list(Capability))


def _asked(path: Path) -> None:
    with opened(path) as home:
        assert refresh(home).refusals == []


def _show(folder: Path, what: str) -> None:
    draft = folder / "draft"
    draft.symlink_to(folder / what)
    draft.replace(folder / _SHOWN)


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve what is shown, from a process of its own: this one must stay without threads."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = server.read(folder / _SHOWN, self.path.lstrip("/"))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    process = os.fork()
    if process == 0:
        with contextlib.suppress(BaseException):
            listening.serve_forever()
        os._exit(0)
    listening.server_close()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}"
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
