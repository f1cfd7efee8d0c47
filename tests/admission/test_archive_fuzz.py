"""Archives of hostile make, in numbers: ten thousand malformed ones, and sizes that only a claim can have."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import pytest

from semper_host.admission.archive_format import MAX_BYTES, pack, unpack
from semper_host.admission.pack import read_pack
from semper_host.model.errors import AdmissionRefused

MALFORMED = 10_000
GIGABYTE = 1 << 30
SEEDS = (
    {"a.py": b""},
    {"b.py": b"b = 1\n", "a.py": b"a = 1\n", "legal/en.txt": b"text\n"},
    {"manifest.yaml": b"schema: x\n" * 20, "payer.py": b"x" * 300},
    {f"f{n}.py": bytes([n]) * n for n in range(12)},
)
SIGNATURES = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08")
NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x100, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)

Change = Callable[[random.Random, bytearray], None]


def flip(chance: random.Random, data: bytearray) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite_number(chance: random.Random, data: bytearray) -> None:
    width = chance.choice((2, 4))
    at = chance.randrange(max(1, len(data) - width))
    data[at : at + width] = (chance.choice(NUMBERS) & (1 << 8 * width) - 1).to_bytes(width, "little")


def overwrite_field(chance: random.Random, data: bytearray) -> None:
    """Change a field of some header, where offsets, lengths and flags are."""
    found = [at for mark in SIGNATURES[:3] for at in places(data, mark)]
    if found:
        at = chance.choice(found) + chance.randrange(4, 46)
        data[at : at + 2] = (chance.choice(NUMBERS) & 0xFFFF).to_bytes(2, "little")


def insert(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.choice((*SIGNATURES, b"\0", chance.randbytes(chance.randrange(1, 40))))


def delete(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, 50)]


def repeat(chance: random.Random, data: bytearray) -> None:
    """Put a part in twice: entries of one name, nested archives, second directories."""
    at = chance.randrange(len(data))
    part = data[at : at + chance.randrange(1, 200)]
    where = chance.randrange(len(data))
    data[where:where] = part


def truncate(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data)) :]


def rename(chance: random.Random, data: bytearray) -> None:
    """Give a file another name of the same length in one of the two places that name it."""
    for name, evil in ((b"a.py", chance.choice((b"../a", b"/a.p", b"A.PY", b"a\0py", b"b.py", b"\xe4.py", b"a\\py"))),):
        at = data.find(name) if chance.random() < 0.5 else data.rfind(name)
        if at >= 0:
            data[at : at + len(evil)] = evil


CHANGES: tuple[Change, ...] = (flip, overwrite_number, overwrite_field, insert, delete, repeat, truncate, rename)


def places(data: bytearray, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def test_ten_thousand_malformed_archives_are_refused() -> None:
    chance = random.Random(20261122)
    seeds = [pack(files) for files in SEEDS]
    refused, tried = 0, 0
    while refused < MALFORMED:
        tried += 1
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 4)):
            if data:
                chance.choice(CHANGES)(chance, data)
        try:
            files = unpack(bytes(data))
        except AdmissionRefused as error:
            assert error.code in ("ARCHIVE_INVALID", "ARCHIVE_TOO_LARGE")
            refused += 1
        else:
            assert pack(files) == data  # the one archive of other files
    assert tried < MALFORMED * 5 // 4


def test_a_gigabyte_of_zeros_is_refused_by_its_length_alone() -> None:
    zeros = bytes(GIGABYTE)  # pages that nobody touches
    tracemalloc.start()
    for open_ in (unpack, read_pack):
        with pytest.raises(AdmissionRefused) as caught:
            open_(zeros)
        assert caught.value.code == "ARCHIVE_TOO_LARGE"
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_compressed_gigabyte_of_zeros_is_not_unfolded() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros.py", "w") as entry:
        for _ in range(16):
            entry.write(bytes(1 << 20))
    data = bytearray(buffer.getvalue())
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, at + 24, GIGABYTE)  # and it claims even more
    tracemalloc.start()
    with pytest.raises(AdmissionRefused, match="compressed"):
        unpack(bytes(data))
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("size", [GIGABYTE, 0xFFFFFFFF, MAX_BYTES])
def test_an_entry_that_claims_more_than_there_is_is_refused(size: int) -> None:
    data = bytearray(pack({"a.py": b"x"}))
    at = data.rindex(b"PK\1\2")
    struct.pack_into("<II", data, at + 20, size, size)
    with pytest.raises(AdmissionRefused) as caught:
        unpack(bytes(data))
    assert caught.value.code == "ARCHIVE_INVALID"


def test_an_archive_in_an_archive_is_a_file_like_any_other() -> None:
    inner = pack({"a.py": b"x"})
    assert unpack(pack({"inner.smp": inner, "a.py": b"y"})) == {"inner.smp": inner, "a.py": b"y"}
    nested = bytearray(pack({"inner.smp": inner}))
    nested[-22:] = inner[-22:]  # the end record of the inner one, as a lenient reader would find it
    with pytest.raises(AdmissionRefused):
        unpack(bytes(nested))


def test_an_archive_of_the_64_bit_kind_is_refused() -> None:
    plain = pack({"a.py": b"x"})
    locator = b"PK\6\6" + struct.pack("<Q", 44) + bytes(44) + b"PK\6\7" + bytes(16)
    with pytest.raises(AdmissionRefused):
        unpack(plain[:-22] + locator + plain[-22:])
    end = bytearray(plain)
    end[-14:-10] = b"\xff\xff\xff\xff"
    with pytest.raises(AdmissionRefused):
        unpack(bytes(end))
