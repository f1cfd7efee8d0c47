"""An independent implementation of transparency logs agrees with ours, where it is installed (PyPI aics-tlog)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from semper_host.supporting.cryptographic import merkle, signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signing import SigningKey

their_tree: Any = pytest.importorskip("aics_tlog.tree")
their_checkpoint: Any = pytest.importorskip("aics_tlog.checkpoint")
their_note: Any = pytest.importorskip("aics_tlog.note")
their_cosign: Any = pytest.importorskip("aics_tlog.cosign")

ORIGIN, NAMES = "log.example/semper", ("one.example", "two.example", "three.example")
KEY = SigningKey.from_seed(b"k" * 32)
WITNESSES = [SigningKey.from_seed(name.encode().ljust(32, b"-")) for name in NAMES]
LEAVES = [sha256(b"%d" % n).digest() for n in range(100)]
AT = 1_800_000_000


@pytest.fixture(scope="module")
def tree() -> Any:

    return their_tree.MerkleTree(LEAVES)


def test_it_computes_our_roots_and_its_proofs_hold_here(tree: Any) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    for size in (1, 2, 3, 7, 8, 31, 64, 65, 100):
        assert tree.root(size) == merkle.root(hashes[:size])
        for index in range(0, size, 3):
            proof = tree.inclusion_proof(index, size)
            assert merkle.verify_inclusion(hashes[index], index, size, proof, tree.root(size))
        for old in range(1, size, 3):
            proof = tree.consistency_proof(old, size)
            assert merkle.verify_consistency(old, size, tree.root(old), tree.root(size), proof)


def ours() -> bytes:
    text = Checkpoint(ORIGIN, 100, merkle.root([merkle.leaf_hash(leaf) for leaf in LEAVES])).text()
    lines = [signed_note.sign(text, ORIGIN, KEY)]
    lines += [signed_note.cosign(text, name, key, AT) for name, key in zip(NAMES, WITNESSES, strict=True)]
    return signed_note.Note(text, tuple(lines)).encode()


def test_it_accepts_our_checkpoint_and_every_cosignature() -> None:

    log = their_note.parse_vkey(signed_note.verifier_key(ORIGIN, signed_note.ED25519, KEY.public))
    known = [
        their_note.parse_vkey(signed_note.verifier_key(name, signed_note.COSIGNATURE, key.public))
        for name, key in zip(NAMES, WITNESSES, strict=True)
    ]
    result = their_checkpoint.verify_checkpoint(their_note.parse_note(ours()), log, known, 3, expected_origin=ORIGIN)
    assert result.log_ok
    assert result.ok
    changed = ours().replace(b"\n100\n", b"\n101\n")
    read = their_note.parse_note(changed)
    assert not their_checkpoint.verify_checkpoint(read, log, known, 3, expected_origin=ORIGIN).ok


def test_its_checkpoint_and_cosignatures_hold_here() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    root = merkle.root([merkle.leaf_hash(leaf) for leaf in LEAVES])
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    data = their_checkpoint.sign_checkpoint(their_checkpoint.Checkpoint(ORIGIN, 100, root), private, ORIGIN).to_bytes()
    read = signed_note.parse(data)
    assert read.signed_by(ORIGIN, KEY.public)
    assert parse_checkpoint(read.text) == Checkpoint(ORIGIN, 100, root)
    witness = Ed25519PrivateKey.from_private_bytes(NAMES[0].encode().ljust(32, b"-"))
    _, line = their_cosign.sign_cosignature(witness, NAMES[0], AT, ORIGIN, 100, root)
    cosigned = signed_note.Note(read.text, (signed_note.NoteSignature(line.name, line.key_id, line.signature),))
    assert signed_note.parse(cosigned.encode()).cosigned_at([(NAMES[0], WITNESSES[0].public)], 1) == (AT,)
