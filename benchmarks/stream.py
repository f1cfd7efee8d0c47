"""Area stream: opening a sealed edition, against reading, decrypting and hashing the same bytes and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from benchmarks.measure import Bench, Goal, Row, clocked, in_turn, per_second, rate
from benchmarks.process import program
from semper_host.supporting.cryptographic.bulk import open_edition, read_from, seal_edition
from semper_host.supporting.cryptographic.edition import (
    CONTENT_FILE,
    SEGMENT,
    Edition,
    SegmentCipher,
    plaintext_hasher,
    segment_hash,
)

SIZES = {256: ("open_256_mib", "memory_above_idle"), 3 * 1024: ("open_3_gib", "memory_above_idle_3_gib")}
"""MiB, and the rows about them. The larger one shows that size changes neither the rate nor the memory."""
KEY = bytes(range(32))


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    for size, (opened, memory) in SIZES.items():
        yield from _rows_of(bench, size, opened, memory)


def _rows_of(bench: Bench, size: int, opened: str, memory: str) -> Iterator[Row]:
    """Yield the rows of an edition of `size` MiB."""
    place = bench.directory(f"stream-{size}")
    sealed, edition = place / "sealed", sealed_edition(place, place / "sealed", size)
    target = place / "opened"

    def opening() -> float:
        started = time.perf_counter()
        read, hashes = read_from(sealed, edition)
        open_edition(edition, read, KEY, target, segment_hashes=hashes, durable=False)
        seconds = time.perf_counter() - started
        shutil.rmtree(target)
        os.sync()  # what this round wrote must not be written back while the next is timed
        return seconds

    timings = in_turn(bench.runs, opening, clocked(lambda: passes(sealed / CONTENT_FILE, edition)))
    yield rate(f"stream.{opened}", "MiB/s", size, timings[0], per_second(size, timings[1]), least=0.7)
    grown = [_memory(sealed, place / f"opened-{number}") for number in range(bench.runs)]
    yield Row(f"stream.{memory}", statistics.median(grown), "MiB", goal=Goal("value", most=64))
    shutil.rmtree(place)


def sealed_edition(place: Path, sealed: Path, size: int) -> Edition:
    """Make an edition of `size` MiB of noise in three files."""
    sizes = (size // 3, size // 3, size - 2 * (size // 3))
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
    opening = program("opening_process", str(sealed.resolve()), str(target.resolve()))
    done = subprocess.run(opening.command, cwd=opening.cwd, capture_output=True, text=True, check=True)
    shutil.rmtree(target)
    told = json.loads(done.stdout)
    return float(told["peak_kib"] - told["idle_kib"]) / 1024
