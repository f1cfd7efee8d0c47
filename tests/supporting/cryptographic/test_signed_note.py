"""Signed notes, cosignatures and checkpoints (C2SP): fixed vectors, every changed byte, and every second spelling."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signed_note import COSIGNATURE, ED25519, Note, parse
from semper_host.supporting.cryptographic.signing import SigningKey

KEY, WITNESS, OTHER = (SigningKey.from_seed(letter * 32) for letter in (b"k", b"w", b"o"))
ORIGIN, NAME = "log.example/semper", "witness.example"
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 42, ROOT)
TEXT = CHECKPOINT.text()
AT = 1_800_000_000


def note(*signatures: signed_note.NoteSignature, text: str = TEXT) -> bytes:
    return Note(text, signatures).encode()


GOOD = note(signed_note.sign(TEXT, ORIGIN, KEY), signed_note.cosign(TEXT, NAME, WITNESS, AT))

# Go's package golang.org/x/mod/sumdb/note documents this key and this note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def refused(data: bytes) -> None:
    with pytest.raises(PeerDeviated) as caught:
        parse(data)
    assert caught.value.code == "LOG_INVALID"


# --- vectors


def test_a_note_signed_by_another_implementation_holds() -> None:
    public = b64decode(PETER.split("+", 2)[2])[1:]
    assert signed_note.verifier_key("PeterNeumann", ED25519, public) == PETER
    read = parse(PETERS_NOTE.encode())
    assert read.signed_by("PeterNeumann", public)
    assert read.encode() == PETERS_NOTE.encode()
    assert not read._replace(text=read.text + "x\n").signed_by("PeterNeumann", public)


def test_a_checkpoint_has_three_lines() -> None:
    assert TEXT == "log.example/semper\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert parse_checkpoint(TEXT) == CHECKPOINT
    extended = Checkpoint(ORIGIN, 0, ROOT, ("more", "and more"))
    assert parse_checkpoint(extended.text()) == extended


def test_a_cosignature_signs_the_time_and_the_text() -> None:
    """cosignature/v1: key id, then eight bytes of time, then the signature of "cosignature/v1", time and text."""
    line = signed_note.cosign(TEXT, NAME, WITNESS, AT)
    assert line.key_id == signed_note.key_id(NAME, COSIGNATURE, WITNESS.public)
    assert line.signature[:8] == AT.to_bytes(8, "big")
    assert line.signature[8:] == WITNESS.sign(f"cosignature/v1\ntime {AT}\n{TEXT}".encode())


def test_this_note_is_this_note() -> None:
    """A golden vector: the bytes are in other people's hands for years."""
    assert GOOD.decode().split("\n\n") == [
        TEXT.removesuffix("\n"),
        f"— {ORIGIN} {line(KEY, ORIGIN, ED25519, KEY.sign(TEXT.encode()))}\n"
        f"— {NAME} {line(WITNESS, NAME, COSIGNATURE, signed_note.cosign(TEXT, NAME, WITNESS, AT).signature)}\n",
    ]


def line(key: SigningKey, name: str, kind: int, signature: bytes) -> str:
    return b64encode(signed_note.key_id(name, kind, key.public) + signature).decode()


# --- who signed


def test_the_signers_of_a_note_are_known_by_name_and_key() -> None:
    read = parse(GOOD)
    assert read.signed_by(ORIGIN, KEY.public)
    assert not read.signed_by(NAME, KEY.public)
    assert not read.signed_by(ORIGIN, OTHER.public)
    assert not read.signed_by(NAME, WITNESS.public)  # a cosignature is no signature of the text itself
    assert read.cosigned_at([(NAME, WITNESS.public)], 1) == (AT,)
    assert read.cosigned_at([(ORIGIN, KEY.public), ("else", WITNESS.public), (NAME, OTHER.public)], 1) == ()


def test_a_quorum_is_of_distinct_keys_and_of_the_earliest() -> None:
    second, third = (SigningKey.from_seed(letter * 32) for letter in (b"2", b"3"))
    lines = [signed_note.cosign(TEXT, name, key, at) for name, key, at in
             [("a", WITNESS, 30), ("b", second, 10), ("c", third, 20), ("a", WITNESS, 5)]]  # fmt: skip
    read = parse(note(*lines))
    known = [("a", WITNESS.public), ("b", second.public), ("c", third.public)]
    assert read.cosigned_at(known, 1) == (5,)
    assert read.cosigned_at(known, 2) == (5, 10)
    assert read.cosigned_at(known, 3) == (5, 10, 20)
    twice = [("a", WITNESS.public), ("a2", WITNESS.public)]
    two_names = parse(note(lines[0], signed_note.cosign(TEXT, "a2", WITNESS, 40)))
    assert two_names.cosigned_at(twice, 2) == (30,)


def test_a_cosignature_with_another_time_does_not_hold() -> None:
    signed = signed_note.cosign(TEXT, NAME, WITNESS, AT)
    earlier = signed._replace(signature=(AT - 1).to_bytes(8, "big") + signed.signature[8:])
    assert parse(note(earlier)).cosigned_at([(NAME, WITNESS.public)], 1) == ()


def test_a_forged_earlier_cosignature_does_not_hide_the_good_one() -> None:
    good = signed_note.cosign(TEXT, NAME, WITNESS, AT)
    forged = good._replace(signature=bytes(8) + bytes(64))
    assert parse(note(forged, good)).cosigned_at([(NAME, WITNESS.public)], 1) == (AT,)


def test_a_weak_key_is_no_witness() -> None:
    weak = bytes([1]) + bytes(31)
    forged = signed_note.NoteSignature(NAME, signed_note.key_id(NAME, COSIGNATURE, weak), bytes(72))
    assert parse(note(forged)).cosigned_at([(NAME, weak)], 1) == ()


def test_every_changed_byte_of_a_note_loses_a_signature_or_the_note() -> None:
    for at in range(len(GOOD)):
        changed = bytearray(GOOD)
        changed[at] ^= 1
        try:
            read = parse(bytes(changed))
        except PeerDeviated:
            continue
        both = read.signed_by(ORIGIN, KEY.public) and read.cosigned_at([(NAME, WITNESS.public)], 1) == (AT,)
        assert not both, at


# --- form


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD.replace("— ".encode(), b"- "),
        GOOD.replace("\n— ".encode(), b"\n"),
        GOOD.replace(b"42\n", b"4\t2\n"),
        GOOD.replace(b"42\n", b"4\x002\n"),
        GOOD.replace(b"42\n", b"4\xff2\n"),
        GOOD.replace(b"\n", b"\r\n"),
        note(signed_note.NoteSignature("a b", b"1234", bytes(64))),
        note(signed_note.NoteSignature("a+b", b"1234", bytes(64))),
        note(signed_note.NoteSignature("", b"1234", bytes(64))),
        note(signed_note.NoteSignature("a", b"1234", b"")),
        note(*[signed_note.sign(TEXT, ORIGIN, KEY)] * 65),
        b"a" * 70_000 + b"\n\n" + GOOD.partition(b"\n\n")[2],
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    refused(data)


def test_a_signature_has_one_spelling() -> None:
    last = GOOD.rindex(b"\n")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = GOOD[:last].rstrip(b"=")
    padding = GOOD[len(body) : last]
    again = body[:-1] + alphabet[alphabet.index(body[-1]) ^ 1 :][:1] + padding
    assert len(padding) and again != GOOD[:last]
    refused(again + b"\n")
    refused(GOOD[:last] + b" \n")
    refused(GOOD[: GOOD.index("— ".encode())] + GOOD[GOOD.index("— ".encode()) :].replace(b"example", b"exam ple"))


def test_a_text_may_hold_empty_lines_and_lines_like_signatures() -> None:
    """The last empty line divides: what stands above is text, whatever it looks like."""
    text = f"a\n\n— {ORIGIN} AAAA\n"
    read = parse(note(signed_note.sign(text, ORIGIN, KEY), text=text))
    assert (read.text, len(read.signatures)) == (text, 1)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x01"])
def test_a_name_that_no_note_can_hold_is_not_signed_under(name: str) -> None:
    with pytest.raises(ValueError, match="cannot sign"):
        signed_note.sign(TEXT, name, KEY)


@pytest.mark.parametrize("text", ["", "no line break", "control\x00\n", "\r\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="cannot sign"):
        signed_note.cosign(text, NAME, WITNESS, AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        ORIGIN,
        f"{ORIGIN}\n42\n",
        f"{ORIGIN}\n42\nAAAA\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("42", "042"),
        TEXT.replace("42", "+42"),
        TEXT.replace("42", "-1"),
        TEXT.replace("42", "4_2"),
        TEXT.replace("42", "٤٢"),
        TEXT.replace("42", " 42"),
        TEXT.replace("42", "9223372036854775808"),
        TEXT.replace("42", "9" * 30),
        TEXT.replace(ORIGIN, ""),
        TEXT.replace("Hh8=", "Hh9="),
        TEXT.replace("Hh8=", "Hh8"),
        TEXT.replace("Hh8=", "H h8="),
        TEXT + "extension\n\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(PeerDeviated) as caught:
        parse_checkpoint(text)
    assert caught.value.code == "LOG_INVALID"
