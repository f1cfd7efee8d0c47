"""Area stream: opening a sealed edition, against reading, decrypting and hashing the same bytes and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from benchmarks.measure import Bench, Goal, Row, clocked, in_turn, per_second, rate
from semper_host.supporting.cryptographic.bulk import open_edition, read_from, seal_edition
from semper_host.supporting.cryptographic.edition import (
    CONTENT_FILE,
    SEGMENT,
    Edition,
    SegmentCipher,
    plaintext_hasher,
    segment_hash,
)

SIZE_MIB = 256
KEY = bytes(range(32))


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    place = bench.directory("stream")
    sealed, edition = place / "sealed", sealed_edition(place, place / "sealed")
    target = place / "opened"

    def opening() -> float:
        started = time.perf_counter()
        read, hashes = read_from(sealed, edition)
        open_edition(edition, read, KEY, target, segment_hashes=hashes, durable=False)
        seconds = time.perf_counter() - started
        shutil.rmtree(target)
        return seconds

    timings = in_turn(bench.runs, opening, clocked(lambda: passes(sealed / CONTENT_FILE, edition)))
    yield rate("stream.open_256_mib", "MiB/s", SIZE_MIB, timings[0], per_second(SIZE_MIB, timings[1]), least=0.7)
    grown = [_memory(sealed, place / f"opened-{number}") for number in range(bench.runs)]
    yield Row("stream.memory_above_idle", statistics.median(grown), "MiB", goal=Goal("value", most=64))


def sealed_edition(place: Path, sealed: Path) -> Edition:
    """Make an edition of SIZE_MIB of noise in three files."""
    sizes = (100, 100, SIZE_MIB - 200)
    sources = []
    for number, mib in enumerate(sizes):
        source = place / f"part-{number}.bin"
        with source.open("wb") as file:
            for _ in range(mib):
                file.write(os.urandom(SEGMENT))
        sources.append((source.name, source))
    edition = seal_edition(sources, sealed, KEY)
    for _, source in sources:
        source.unlink()
    return edition


def passes(content: Path, edition: Edition) -> None:
    """Do what nobody who believes nothing can leave out: read, hash the ciphertext, decrypt, hash the plaintext twice.

    Twice: for the files' SHA-256, and for the root that is keyed from the content key. Nothing is written.
    """
    cipher = SegmentCipher(KEY, edition.plaintext_root, edition.segments)
    root, digest, buffer = plaintext_hasher(KEY), sha256(), memoryview(bytearray(SEGMENT))
    with content.open("rb", buffering=0) as file:
        for index in range(edition.segments):
            offset, length = edition.segment_range(index)
            ciphertext = os.pread(file.fileno(), length, offset)
            segment_hash(ciphertext)
            plaintext = buffer[: edition.segment_size(index)]
            cipher.decrypt_into(index, ciphertext, plaintext)
            root.update(plaintext)
            digest.update(plaintext)
    assert root.digest() == edition.plaintext_root


def _memory(sealed: Path, target: Path) -> float:
    """Open the edition in a process of its own; return by how many MiB its resident memory peaked above idle."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("opening_process.py")), str(sealed), str(target)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shutil.rmtree(target)
    told = json.loads(done.stdout)
    return float(told["peak_kib"] - told["idle_kib"]) / 1024
