"""The course that the demo sells: three parts, 20 MB or more, different at every run and quick to make."""

from __future__ import annotations

import random
from pathlib import Path

PARTS = (("part-1-lectures.pdf", 9_000_000), ("part-2-videos.bin", 9_500_000), ("part-3-exercises.txt", 3_000_000))
"""File names and their sizes in bytes."""


def generate(directory: Path, seed: int) -> list[Path]:
    """Write the three parts below `directory` and return their paths. The same seed gives the same bytes."""
    directory.mkdir(parents=True, exist_ok=True)
    noise = random.Random(seed)
    files = []
    for name, size in PARTS:
        file = directory / name
        with file.open("wb") as out:
            heading = f"EUROCOM courseware, {name}\n".encode()
            out.write(heading)
            out.write(noise.randbytes(size - len(heading)))
        files.append(file)
    return files
