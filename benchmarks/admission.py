"""Area admission: the whole decision on a stapled bundle of 20 kB, against its bare signature verifications."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.measure import Bench, Goal, Row, clocked, duration, in_turn
from benchmarks.setting import Setting, now
from semper_host.admission import build
from semper_host.admission.log_evidence import read_staple
from semper_host.admission.pack import Pack
from semper_host.host import bundling, data, installed
from semper_host.supporting.cryptographic import p256
from semper_host.supporting.cryptographic.signing import SigningKey, verify

SIZE = 20_000
"""Bytes of the archive."""
ROUNDS, TAIL = 20, 1000
"""Admissions of one run; admissions among which the slowest hundredth is looked at."""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    setting = bench.setting
    packs = {"commerce_service": service_of(setting, SIZE), "payment_system": setting.packs["payment-ecash"]}
    for name, pack in packs.items():
        deciding, bare = decision(setting, pack), partial(_do_all, bare_verifications(setting, pack))
        timings = in_turn(bench.runs, _mean(deciding), _mean(bare))
        yield duration(f"admission.{name}", "ms", timings[0], timings[1], most=4)
        if name == "commerce_service":
            tail = sorted(clocked(deciding)() for _ in range(TAIL))
            slow, usual = tail[TAIL - TAIL // 100] * 1e3, statistics.median(tail) * 1e3
            yield Row("admission.commerce_service_p99", slow, "ms", usual, Goal("ratio", most=3))


def service_of(setting: Setting, size: int) -> Pack:
    """Return the courseware service, its English text so long that the archive has about `size` bytes."""
    root = data.checkout()
    assert root is not None
    files = bundling.read_source(root / "plugins" / "commerce" / "courseware")
    text = files["legal.en.txt"]
    missing = size - len(build.build(files))
    padded = text + (b"\n" + text) * (missing // len(text)) + b" " * (missing % len(text))
    manifest = files["manifest.yaml"].replace(sha256(text).hexdigest().encode(), sha256(padded).hexdigest().encode())
    manifest = manifest.replace(b"id: semper/courseware", b"id: semper/long-courseware")  # the log has the short one
    return setting.pack(build.build({**files, "legal.en.txt": padded, "manifest.yaml": manifest}))


def decision(setting: Setting, pack: Pack) -> Callable[[], object]:
    """Return the admission of `pack` as a host does it, from trust directory and stapled bytes to grants.

    Archive, manifest, release, log proofs and cosignatures, terms and all that is proved of them, evaluation and its
    chain, revocations, grants. What the repository last said of revocations is known, as in a host that runs.
    """
    return partial(installed.admit_pack, setting.home("buyer"), pack, now())


def bare_verifications(setting: Setting, pack: Pack) -> list[Callable[[], object]]:
    """Return the signature verifications that one admission of `pack` cannot do without.

    Release, head, evaluation and its certificate; and of each checkpoint in the staple (the newest, and those that
    held a statement first), the log's signature and a quorum of cosignatures.
    """
    authorities, message = setting.authorities, bytes(400)
    publisher: SigningKey = authorities.publisher
    leaf = x509.load_der_x509_certificate(authorities.evaluator.chain[0])
    root = x509.load_der_x509_certificate(authorities.evaluating.chain[0])
    signed = authorities.evaluator.sign(message)
    certified = leaf.public_key()
    assert isinstance(certified, ec.EllipticCurvePublicKey)
    release = publisher.sign(message)
    staple = read_staple(pack.staple)
    notes = {staple.checkpoint, *(each.first for each in staple.entries if each.first)}
    by_key = partial(verify, publisher.public, release, message)
    return [
        *[by_key] * (2 + len(notes) * (1 + setting.repository.repository.policy.quorum)),
        partial(p256.verify, certified, signed, message),
        partial(leaf.verify_directly_issued_by, root),
    ]


def _mean(act: Callable[[], object]) -> Callable[[], float]:
    def work() -> float:
        return clocked(lambda: [act() for _ in range(ROUNDS)])() / ROUNDS

    return work


def _do_all(acts: list[Callable[[], object]]) -> None:
    for act in acts:
        act()
