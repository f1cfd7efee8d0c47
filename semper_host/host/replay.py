"""Journalled calls: what a bundle was answered once, it is answered again, so that a call goes on after any crash."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from semper_host.host import builds
from semper_host.model.errors import BundleMisbehaved
from semper_host.model.requests import (
    Blind,
    CheckCoins,
    CheckOutputs,
    HoldState,
    Issued,
    Keep,
    Mint,
    Now,
    Reblind,
    Recall,
    Request,
    Spent,
    Verify,
)
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

MAY_WAIT = frozenset(
    {Now, Recall, Keep, Verify, Blind, Reblind, Mint, CheckOutputs, CheckCoins, HoldState, Issued, Spent}
)
"""Requests that nobody outside sees and that harm nothing when done again: their answers may be written later."""
MOST_ANSWERED = 16 * 1024 * 1024
"""Bytes of answers that one call may be given."""

_ENCODE = msgspec.msgpack.Encoder().encode


class Journal:
    """Answers the requests of one call with a memory: what was answered once is answered again, and asked of nobody.

    `call` is the id under which that is durable; b"" remembers for this run alone. What is answered from memory counts
    against no quota twice. Before anything leaves the home or changes what others see, all that led to it is durable.
    Raises BundleMisbehaved REPLAY_DIVERGED, naming the step (the first is 0), where the bundle now does something
    else than before, or is another bundle; QUOTA_EXCEEDED.
    """

    def __init__(
        self,
        archive: Archive,
        call: bytes,
        bundle: bytes,
        answer: Callable[[Request], Any],
        save: Callable[[Transaction], object] | None = None,
    ) -> None:
        """`save` is committed when answers must become durable; it does `keep`, and is that by default."""
        self._save = save or self.keep
        self._archive, self._call, self._bundle, self._answer = archive, call, bundle, answer
        self._known = [(row.request, row.answer) for row in archive.calls(call)] if call else []
        self._begun = builds.recorded(archive, call, bundle) if self._known else builds.build_of(bundle)
        self._durable = len(self._known)
        self._bytes = sum(len(value) for _, value in self._known)
        self._step = 0
        self.asking = ""
        """The request that is being answered, by name."""

    def __call__(self, request: Request) -> Any:
        """Answer the next request of the call."""
        self.asking = type(request).__name__
        digest = sha256(_ENCODE(request)).digest()
        if self._step < len(self._known):
            asked, value = self._known[self._step]
            if self._begun is None or asked != digest:
                raise self._diverged("asks something else than before")
            self._step, self.asking = self._step + 1, ""
            return msgspec.Raw(value)  # as it was encoded for the worker, and is to be again
        if type(request) not in MAY_WAIT and self._call and self._durable < len(self._known):
            self._archive.commit(self._save)  # COMMIT POINT: nothing leaves that a crash could make us do otherwise
            self._durable = len(self._known)
        answer = self._answer(request)
        self._remember(digest, _ENCODE(answer))
        self.asking = ""
        return answer

    @property
    def known(self) -> list[bytes]:
        """The encoded answers that are remembered, from the first step on."""
        return [value for _, value in self._known]

    def again(self) -> None:
        """Begin again at the first step, in a fresh worker."""
        self._step = 0

    def end(self) -> None:
        """See that the bundle, which has come to its result, did all that it did before."""
        if self._step < len(self._known):
            raise self._diverged("is done, where it asked something before")

    def keep(self, tx: Transaction) -> None:
        """Write what is remembered and not yet durable."""
        if self._call and self._durable < len(self._known):
            builds.record(self._archive, tx, self._call, self._bundle)
            for step in range(self._durable, len(self._known)):
                self._archive.record_call(tx, self._call, step, *self._known[step])

    def forget(self, tx: Transaction) -> None:
        """Let the call begin anew when it is made again."""
        if self._call:
            self._archive.forget_call(tx, self._call)

    def _remember(self, digest: bytes, value: bytes) -> None:
        self._bytes += len(value)
        if self._bytes > MOST_ANSWERED:
            raise BundleMisbehaved("QUOTA_EXCEEDED", "cannot go on: this service asked for more than one call may use")
        self._known.append((digest, value))
        self._step += 1

    def _diverged(self, does: str) -> BundleMisbehaved:
        now = builds.build_of(self._bundle)
        if self._begun is None:
            why = "the call was begun by another bundle"
        else:
            why = f"the bundle {does}"
            why += "" if self._begun == now else f": it began in {self._begun}, and this is {now}"
        return BundleMisbehaved("REPLAY_DIVERGED", f"cannot go on: at step {self._step} {why}")
