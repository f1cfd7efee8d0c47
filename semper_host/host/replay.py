"""Journalled calls: what a bundle was answered once, it is answered again, so that a call goes on after any crash."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from semper_host.host import builds
from semper_host.model.errors import BundleMisbehaved
from semper_host.model.requests import ANSWERS, Request
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction


def journalled(
    archive: Archive,
    call: bytes,
    answer: Callable[[Request], Any],
    bundle: bytes,
    save: Callable[[Transaction], object] = lambda tx: None,
) -> Callable[[Request], Any]:
    """Return `answer` with a memory: what `bundle` was answered under this `call` id, it is answered again.

    What is answered from memory is not asked of `answer`, so it counts against no quota twice. `save` is done in
    the commit that remembers an answer. Raises BundleMisbehaved REPLAY_DIVERGED where the bundle now asks something
    else, naming the step (the first is 0), or is another bundle.
    """
    known = archive.calls(call)
    begun = builds.recorded(archive, call, bundle) if known else builds.build_of(bundle)
    step = -1

    def remember(request: Request) -> Any:
        nonlocal step
        step += 1
        digest = sha256(msgspec.msgpack.encode(request)).digest()
        if step < len(known):
            if begun is None or known[step].request != digest:
                raise _diverged(step, begun, bundle)
            return msgspec.msgpack.decode(known[step].answer, type=ANSWERS[type(request)])
        value = answer(request)
        # COMMIT POINT: the bundle acts on no answer that a crash could make us forget
        archive.commit(lambda tx: write(tx, digest, msgspec.msgpack.encode(value)))
        return value

    def write(tx: Transaction, digest: bytes, value: bytes) -> None:
        archive.record_call(tx, call, step, digest, value)
        if step == 0:
            builds.record(archive, tx, call, bundle)
        save(tx)

    return remember


def _diverged(step: int, begun: builds.Build | None, bundle: bytes) -> BundleMisbehaved:
    now = builds.build_of(bundle)
    if begun is None:
        why = "the call was begun by another bundle"
    elif begun == now:
        why = "the bundle asks something else than before"
    else:
        why = f"the bundle asks something else than before: it began in {begun}, and this is {now}"
    return BundleMisbehaved("REPLAY_DIVERGED", f"cannot go on: at step {step} {why}")
