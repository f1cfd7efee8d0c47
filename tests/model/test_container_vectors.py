"""The golden vectors of the container format: they are what this code makes, and a second reader agrees with them.

`python -m tests.model.test_container_vectors` writes them anew; sealing draws randomness, the rest stays as it is.
"""

from __future__ import annotations

import hmac
import json
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
import pytest

from semper_host.model.container import (
    Container,
    Group,
    Signed,
    elide,
    item_at,
    pack,
    read,
    show,
    show_child,
    sign,
    verify,
    write,
)
from semper_host.model.container_editing import node_at
from semper_host.model.container_form import node_map
from semper_host.model.container_nodes import Inner, Leaf, Sealed
from semper_host.model.container_proof import levels_of, proof_of, root_of
from semper_host.model.container_rules import walk
from semper_host.model.container_sealing import info_for, open_sealed, seal
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.security import NOTHING, Fairness, Receipt, make_security
from semper_host.supporting.cryptographic import cose, sealing
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

FILE = Path(__file__).parents[1] / "vectors" / "container.json"
SIGNERS = {name: SigningKey.from_seed(sha256(name.encode()).digest()) for name in ("seller", "buyer")}
RECIPIENTS = {name: SealingKey.from_seed(sha256(name.encode()).digest()) for name in ("anna", "bert", "carl")}
ANNA, BERT, CARL = RECIPIENTS.values()
DEAL = sha256(b"a deal").digest()

CONTENTS: dict[str, tuple[Item | Group, tuple[str, ...], bytes]] = {
    "one item": (Item("statement.note", b"hello"), ("seller",), b""),
    "unsigned": (Group(NOTHING, [Item("money.price", b"")]), (), b""),
    "offer": (
        Group(
            make_security(origin=True, receipt=Receipt.OPENED, fairness=Fairness.STRONG),
            [
                Item("statement.offer", b"a course in cryptography"),
                Group(
                    make_security(confidential=(ANNA.public, BERT.public), anonymous=True),
                    [Item("statement.address", b"Via Appia 1, Rome"), Item("credential.member-card", b"No. 7")],
                ),
                Item("money.price", b"19.90 EUR"),
            ],
        ),
        ("seller", "buyer"),
        DEAL,
    ),
    "catalogue of seven": (
        Group(make_security(origin=True), [Item("statement.article", b"article %d" % n) for n in range(7)]),
        ("seller",),
        b"",
    ),
}


def packed(name: str) -> Container:
    content, signers, context = CONTENTS[name]
    container = pack(content, sha256(b"seed of " + name.encode()).digest())
    for name in signers:
        container = sign(container, partial(signature_by, SIGNERS[name]), context=context)
    return container


def signature_by(key: SigningKey, payload: bytes, kind: str) -> bytes:
    return cose.sign1(payload, kind, key)


def made() -> dict[str, Any]:
    """Return all vectors but the sealed ones."""
    return {
        "about": "Vectors of docs/reference/container.md, format 1. Bytes in hexadecimal, paths as lists of indices.",
        "signers": {name: keys(sha256(name.encode()).digest(), key.public) for name, key in SIGNERS.items()},
        "recipients": {name: keys(sha256(name.encode()).digest(), key.public) for name, key in RECIPIENTS.items()},
        "containers": {name: described(name) for name in CONTENTS},
        "forms": list(forms()),
        "trees": [tree(count) for count in (1, 2, 3, 5, 8, 13)],
        "refused": [{"why": why, "at": at, "encoded": data.hex(), "code": code} for why, at, data, code in bad()],
    }


def keys(seed: bytes, public: bytes) -> dict[str, str]:
    return {"seed": seed.hex(), "public": public.hex()}


def described(name: str) -> dict[str, Any]:
    content, signers, context = CONTENTS[name]
    container = packed(name)
    nodes = list(walk(container.root))
    return {
        "seed": sha256(b"seed of " + name.encode()).hexdigest(),
        "content": plain(content),
        "salts": [[list(path), node.salt.hex()] for path, node in nodes if isinstance(node, Leaf)],
        "roots": [[list(path), node.levels[-1][0].hex()] for path, node in nodes if isinstance(node, Inner)],
        "digests": [[list(path), node.digest.hex()] for path, node in nodes],
        "digest": container.digest.hex(),
        "context": context.hex(),
        "signed": encode(Signed("semper.container", 1, container.digest, context)).hex(),
        "signers": list(signers),
        "signatures": [signature.hex() for signature in container.signatures],
        "encoded": write(container).hex(),
    }


def plain(content: Item | Group) -> dict[str, Any]:
    if isinstance(content, Item):
        return {"kind": content.kind, "body": content.body.hex()}
    asked = content.security
    security = {
        "origin": asked.origin, "receipt": str(asked.receipt),
        "confidential": [key.hex() for key in asked.confidential], "anonymous": asked.anonymous,
        "fairness": str(asked.fairness),
    }  # fmt: skip
    return {"security": security, "parts": [plain(part) for part in content.parts]}


def forms() -> Any:
    cuts: list[tuple[str, str, list[tuple[int, ...]]]] = [
        ("one item", "elide", [()]), ("offer", "elide", [(0,)]), ("offer", "elide", [(1, 0), (2,)]),
        ("offer", "show", [(1, 1)]), ("offer", "show child", [(1, 1)]), ("catalogue of seven", "show", [(0,)]),
        ("catalogue of seven", "show", [(4,)]), ("catalogue of seven", "show", [(6,)]),
    ]  # fmt: skip
    for name, operation, paths in cuts:
        container = packed(name)
        if operation == "elide":
            form = elide(container, paths)
        else:
            form = (show if operation == "show" else show_child)(container, paths[0])
        encoded = write(form).hex()
        yield {"of": name, "do": operation, "paths": [list(path) for path in paths], "encoded": encoded}


def tree(count: int) -> dict[str, Any]:
    levels = levels_of([sha256(bytes((n,))).digest() for n in range(count)])
    proofs = [proof_of(levels, index).hex() for index in range(count)]
    return {"count": count, "digest of n": "SHA-256 of the one byte n", "proofs": proofs, "root": levels[-1][0].hex()}


def bad() -> Any:
    """Yield why, where ("read" or "verify") and with which code bytes made from "catalogue of seven" are refused."""
    container, one = packed("catalogue of seven").to_map(), packed("one item")
    children = container[1][4]
    shown = show(packed("catalogue of seven"), (4,)).to_map()

    def root(**fields: Any) -> dict[int, Any]:
        return {**container, 1: {**container[1], **{int(key[1:]): value for key, value in fields.items()}}}

    def proof(**fields: Any) -> dict[int, Any]:
        return {**shown, 1: {**shown[1], **{int(key[1:]): value for key, value in fields.items()}}}

    invalid = "CONTAINER_INVALID"
    yield "another format", "read", encode({**container, 0: 2}), "VERSION_UNSUPPORTED"
    yield "the last byte is missing", "read", write(one)[:-1], "ENCODING_INVALID"
    yield "a byte follows", "read", write(one) + b"\x00", "ENCODING_INVALID"
    yield "a node without children", "read", encode(root(_4=[])), invalid
    yield "a salt of 15 bytes", "read", encode(root(_4=[{**children[0], 1: b"s" * 15}])), invalid
    yield "an unknown family", "read", encode(root(_4=[{**children[0], 0: "gift.flowers"}])), invalid
    yield "an attribute is missing", "read", encode(root(_3={0: True})), "ENCODING_INVALID"
    yield "two children swapped", "verify", encode(root(_4=[children[1], children[0], *children[2:]])), invalid
    yield "a child is missing", "verify", encode(root(_4=children[:-1])), invalid
    yield "the last child is doubled", "verify", encode(root(_4=[*children, children[-1]])), invalid
    salted = [{**children[0], 1: b"s" * 16}, *children[1:]]
    yield "a child is salted anew", "verify", encode(root(_4=salted)), invalid
    yield "the proof is for another index", "verify", encode(proof(_6=5)), invalid
    yield "the proof is for another count", "verify", encode(proof(_5=8)), invalid
    yield "a step of the proof is missing", "read", encode(proof(_8=shown[1][8][:-32])), invalid
    yield "the proof has a step too many", "read", encode(proof(_8=shown[1][8] + b"p" * 32)), invalid
    yield "signatures of another container", "verify", encode({**container, 2: list(one.signatures)}), invalid


def sealed() -> Any:
    for path, names in (((1,), ("anna",)), ((1, 0), ("anna", "bert"))):
        container = seal(packed("offer"), path, [RECIPIENTS[name].public for name in names], sealing.seal)
        node = node_at(packed("offer").root, path)
        infos = {name: info_for(node.digest, RECIPIENTS[name].public).hex() for name in names}
        yield {
            "of": "offer", "path": list(path), "infos": infos, "plaintext": encode(node_map(node)).hex(),
            "encoded": write(container).hex(),
        }  # fmt: skip


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    read_back: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return read_back


def test_the_vectors_are_what_this_code_makes(vectors: dict[str, Any]) -> None:
    assert {name: value for name, value in vectors.items() if name != "sealed"} == made()


def test_the_published_containers_are_read_and_verified(vectors: dict[str, Any]) -> None:
    for each in vectors["containers"].values():
        container = read(bytes.fromhex(each["encoded"]))
        publics = [bytes.fromhex(vectors["signers"][name]["public"]) for name in each["signers"]]
        assert verify(container, cose.open1, publics, context=bytes.fromhex(each["context"])).hex() == each["digest"]


def test_every_published_form_has_the_digest_and_signatures_of_its_container(vectors: dict[str, Any]) -> None:
    for each in [*vectors["forms"], *vectors["sealed"]]:
        container, whole = read(bytes.fromhex(each["encoded"])), packed(each["of"])
        assert (container.digest, container.signatures) == (whole.digest, whole.signatures)


def test_the_published_sealed_parts_open_for_their_recipients(vectors: dict[str, Any]) -> None:
    for each in vectors["sealed"]:
        container, path = read(bytes.fromhex(each["encoded"])), tuple(each["path"])
        node = node_at(container.root, path)
        assert isinstance(node, Sealed)
        for name, info in each["infos"].items():
            key = SealingKey.from_seed(bytes.fromhex(vectors["recipients"][name]["seed"]))
            copy = next(copy for copy in node.copies if copy.recipient == key.public)
            assert key.open(copy.sealed, bytes.fromhex(info)).hex() == each["plaintext"]
            assert open_sealed(container, path, key.public, key.open) == packed(each["of"])


def test_the_published_faults_are_refused_where_and_as_they_say(vectors: dict[str, Any]) -> None:
    for each in vectors["refused"]:
        with pytest.raises(SemperError) as caught:
            container = read(bytes.fromhex(each["encoded"]))
            assert each["at"] == "verify", each["why"]
            verify(container, cose.open1, [SIGNERS["seller"].public])
        assert caught.value.code == each["code"], each["why"]


def test_the_published_proofs_lead_to_their_roots(vectors: dict[str, Any]) -> None:
    for each in vectors["trees"]:
        for index, proof in enumerate(each["proofs"]):
            digest = sha256(bytes((index,))).digest()
            assert root_of(digest, index, each["count"], bytes.fromhex(proof)) == bytes.fromhex(each["root"])


# --- a second reader, written from docs/reference/container.md with SHA-256 and CBOR alone


def digest_of(node: dict[int, Any]) -> bytes:
    if 9 in node:
        return bytes(node[9])
    if 2 in node:
        kind = node[0].encode()
        return sha256(b"semper.container/1 leaf\x00" + bytes([len(kind)]) + kind + node[1] + node[2]).digest()
    if 4 in node:
        count, root = len(node[4]), tree_root([digest_of(child) for child in node[4]])
    else:
        proof = [node[8][at : at + 32] for at in range(0, len(node[8]), 32)]
        count, root = node[5], climb(digest_of(node[7]), node[6], node[5], proof)
    attributes = cbor2.dumps(node[3], canonical=True)
    return sha256(b"semper.container/1 node\x00" + count.to_bytes(4, "big") + root + attributes).digest()


def tree_root(digests: list[bytes]) -> bytes:
    if len(digests) == 1:
        return sha256(b"\x00" + digests[0]).digest()
    split = 1 << (len(digests) - 1).bit_length() - 1
    return sha256(b"\x01" + tree_root(digests[:split]) + tree_root(digests[split:])).digest()


def climb(digest: bytes, index: int, count: int, proof: list[bytes]) -> bytes:
    if count == 1:
        assert not proof
        return sha256(b"\x00" + digest).digest()
    split = 1 << (count - 1).bit_length() - 1
    if index < split:
        return sha256(b"\x01" + climb(digest, index, split, proof[:-1]) + proof[-1]).digest()
    return sha256(b"\x01" + proof[-1] + climb(digest, index - split, count - split, proof[:-1])).digest()


def salts_of(content: dict[str, Any], seed: bytes, path: tuple[int, ...] = ()) -> Any:
    if "kind" in content:
        where = b"".join(index.to_bytes(4, "big") for index in path)
        yield [list(path), hmac.digest(seed, b"semper.container/1 salt\x00" + where, "sha256")[:16].hex()]
    for index, part in enumerate(content.get("parts", [])):
        yield from salts_of(part, seed, (*path, index))


def test_a_second_reader_computes_the_same_digests_and_salts(vectors: dict[str, Any]) -> None:
    for each in vectors["containers"].values():
        assert digest_of(cbor2.loads(bytes.fromhex(each["encoded"]))[1]).hex() == each["digest"]
        assert list(salts_of(each["content"], bytes.fromhex(each["seed"]))) == each["salts"]
    for each in [*vectors["forms"], *vectors["sealed"]]:
        encoded = cbor2.loads(bytes.fromhex(each["encoded"]))
        assert digest_of(encoded[1]).hex() == vectors["containers"][each["of"]]["digest"]


def test_a_second_reader_finds_the_signed_words_in_each_signature(vectors: dict[str, Any]) -> None:
    for each in vectors["containers"].values():
        for name, signature in zip(each["signers"], each["signatures"], strict=True):
            protected, unprotected, payload, _ = cbor2.loads(bytes.fromhex(signature))
            key = bytes.fromhex(vectors["signers"][name]["public"])
            assert cbor2.loads(protected) == {1: -8, 3: "application/semper.container+cbor", 4: key}
            assert (payload.hex(), unprotected) == (each["signed"], {})
            context = bytes.fromhex(each["context"])
            assert cbor2.loads(payload) == {0: "semper.container", 1: 1, 2: bytes.fromhex(each["digest"]), 3: context}


def test_items_of_the_published_forms_are_those_of_their_containers(vectors: dict[str, Any]) -> None:
    for each in vectors["forms"]:
        container = read(bytes.fromhex(each["encoded"]))
        for path, node in walk(container.root):
            if isinstance(node, Leaf):
                assert item_at(container, path) == item_at(packed(each["of"]), path)


if __name__ == "__main__":
    FILE.write_text(json.dumps({**made(), "sealed": list(sealed())}, indent=1) + "\n", "utf-8")
