"""Asking witnesses to cosign a checkpoint (C2SP tlog-witness, add-checkpoint), until a quorum has.

A witness that is dead, slow or answers nonsense counts as one that did not sign; which ones did is all that matters.
"""

from __future__ import annotations

import re
import threading
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import NamedTuple, Protocol

from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.cryptographic.merkle import HASH_BYTES, MAX_PROOF
from semper_host.supporting.cryptographic.signed_note import MAX_NOTE, Note, NoteSignature, parse
from service_repo.fetch import Remote, Through

ADD_CHECKPOINT = "add-checkpoint"
MAX_REQUEST = MAX_NOTE + 4096
ANSWER_SECONDS = 10
CLOCK_SKEW = 300
"""Seconds by which a witness's clock may differ from ours."""
Prove = Callable[[int, int], tuple[bytes, ...]]
"""Gives the proof that a tree of the second size continues one of the first."""
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_OK, _CONFLICT = 200, 409


class Request(NamedTuple):
    """What a witness is asked: to cosign `note`, whose tree continues the one of `old` leaves, as `proof` shows."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the body of the request."""
        lines = [f"old {self.old}", *(b64encode(each).decode() for each in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Return the request in `body`. Raises ValueError."""
        head, separator, note = body.partition(b"\n\n")
        first, *rest = head.decode("ascii").split("\n")
        matched = _OLD.fullmatch(first)
        if not matched or not separator or len(rest) > MAX_PROOF:
            raise ValueError("cannot read the request: its first lines are malformed")
        try:
            proof = tuple(b64decode(line, validate=True) for line in rest)
        except NotBase64:
            raise ValueError("cannot read the request: its proof is malformed") from None
        if any(len(each) != HASH_BYTES for each in proof):
            raise ValueError("cannot read the request: its proof is malformed")
        return cls(int(matched[1]), proof, note)


class Conflict(Exception):
    """The witness knows the log at another size than the request's `old`."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Asked(Protocol):
    """A witness as the sequencer knows it."""

    name: str
    key: bytes

    def add_checkpoint(self, body: bytes) -> bytes:
        """Return the witness's signature lines. Raises Conflict, and SemperError for every other refusal."""


class RemoteWitness:
    """A witness at an address, which ends before `/add-checkpoint`."""

    def __init__(
        self, name: str, key: bytes, url: str, seconds: float = ANSWER_SECONDS, through: Through | None = None
    ) -> None:
        self.name, self.key = name, key
        self._remote = Remote(url, seconds, seconds, through)

    def add_checkpoint(self, body: bytes) -> bytes:
        """Ask over HTTP."""
        status, answer = self._remote.post(ADD_CHECKPOINT, body, MAX_NOTE)
        if status == _OK:
            return answer
        if status == _CONFLICT and answer.strip().isdigit() and len(answer) <= 20:
            raise Conflict(int(answer))
        raise Unavailable("PEER_RESPONSE", f"cannot have witness {self.name} cosign: it answered with status {status}")


class Cosigner:
    """Collects cosignatures; remembers which size each witness has seen."""

    def __init__(self, witnesses: Sequence[Asked], quorum: int, seconds: float = ANSWER_SECONDS) -> None:
        self._witnesses, self.quorum, self._seconds = tuple(witnesses), quorum, seconds
        self._seen: dict[str, int] = {}

    def collect(self, note: Note, size: int, prove: Prove, now: Callable[[], int]) -> Note:
        """Return `note` (of `size` entries) with the cosignatures of at least a quorum.

        `now` gives the time in seconds. Raises Unavailable LOG_QUORUM, which says why each witness did not sign.
        """
        signed: list[NoteSignature] = []
        causes = {each.name: "no answer in time" for each in self._witnesses}
        for witness, answer in self._answers(note, size, prove, now):
            if isinstance(answer, NoteSignature):
                signed.append(answer)
                del causes[witness.name]
            else:
                causes[witness.name] = answer
            if len(signed) >= self.quorum:
                break
        if len(signed) < self.quorum:
            told = "; ".join(f"{name}: {cause}" for name, cause in sorted(causes.items()))
            got = f"{len(signed)} of {self.quorum} witnesses cosigned"
            raise Unavailable("LOG_QUORUM", f"cannot publish now: {got} ({told}). Nothing is lost; publish again")
        return Note(note.text, note.signatures + tuple(signed))

    def seen_at(self, note: Note) -> int | None:
        """Return when a quorum had cosigned `note` (seconds), or None where no quorum is asked for."""
        times = note.cosigned_at([(each.name, each.key) for each in self._witnesses], self.quorum)
        return times[-1] if times else None

    def _answers(
        self, note: Note, size: int, prove: Prove, now: Callable[[], int]
    ) -> Iterator[tuple[Asked, NoteSignature | str]]:
        """Give each witness's answer as it comes: those in this process in turn, then the others all at once."""
        near = [each for each in self._witnesses if not isinstance(each, RemoteWitness)]
        far = [each for each in self._witnesses if isinstance(each, RemoteWitness)]
        answers: SimpleQueue[tuple[Asked, NoteSignature | str]] = SimpleQueue()

        def ask(witness: Asked) -> None:
            answers.put((witness, self._ask(witness, note, size, prove, now)))

        for witness in far:
            threading.Thread(target=ask, args=(witness,), daemon=True).start()
        for one in near:
            yield one, self._ask(one, note, size, prove, now)
        deadline = monotonic() + self._seconds
        for _ in far:
            try:
                yield answers.get(timeout=max(0.0, deadline - monotonic()))
            except Empty:
                return

    def _ask(
        self, witness: Asked, note: Note, size: int, prove: Prove, now: Callable[[], int]
    ) -> NoteSignature | str:
        """Return the witness's cosignature, or why there is none."""
        try:
            try:
                lines = self._sent(witness, note, size, prove, self._seen.get(witness.name, 0))
            except Conflict as conflict:
                if conflict.size > size:
                    return f"it has seen {conflict.size} entries, this log has {size}"
                lines = self._sent(witness, note, size, prove, conflict.size)
            found = _checked(witness, note, lines, now())
        except Conflict as conflict:
            return f"it does not accept what continues the {conflict.size} entries it has seen"
        except SemperError as error:
            return error.message
        if found is None:
            return "its cosignature does not hold"
        self._seen[witness.name] = size
        return found

    def _sent(self, witness: Asked, note: Note, size: int, prove: Prove, old: int) -> bytes:
        old = min(old, size)
        return witness.add_checkpoint(Request(old, prove(old, size), note.encode()).encode())


def _checked(witness: Asked, note: Note, lines: bytes, now: int) -> NoteSignature | None:
    """Return the signature among `lines` that is the witness's own and dated now."""
    for each in parse(note.text.encode() + b"\n" + lines).signatures:
        times = Note(note.text, (each,)).cosigned_at([(witness.name, witness.key)], 1)
        if times and abs(times[0] - now) <= CLOCK_SKEW:
            return each
    return None
