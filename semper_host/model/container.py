"""Containers: a tree of business items with security attributes, signed once; any part can then be elided, sealed to
a named party, or shown alone with a short proof, and the signature still holds (DESIGN §6; the paper's III.A).

Pure: who signs, verifies, seals and opens is passed in. The format, its CDDL and golden vectors:
docs/reference/container.md. `container_sealing` keeps parts for named parties.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, NamedTuple, Self

from msgspec.structs import replace

from semper_host.model.container_editing import along, child_of, node_at, rewrite
from semper_host.model.container_form import FORMAT, MAX_SIGNATURES, container_map, container_of
from semper_host.model.container_nodes import SALT, Elided, Inner, Leaf, Node, Sealed, Shown, refused
from semper_host.model.container_proof import proof_of
from semper_host.model.container_rules import MAX_SIZE, Path, beyond, check_depth, check_rules, walk
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import UsageError
from semper_host.model.items import Item
from semper_host.model.security import NOTHING, Security

SEED = 32
KIND = "container"
"""The kind under which a container is signed (the COSE content type)."""
_DOMAIN = "semper.container"
_SALT_TAG = b"semper.container/1 salt\x00"

Signer = Callable[[bytes, str], bytes]
"""payload, kind -> COSE_Sign1 under the own key"""
Verifier = Callable[[bytes, str, bytes], bytes]
"""COSE_Sign1, kind, public key -> payload; raises PeerDeviated (SIG_INVALID, SIG_KEY_WEAK)"""


class Group(NamedTuple):
    """What is to become an inner node: the attributes asked for, and items or groups, in their order."""

    security: Security
    parts: Sequence[Item | Group]


class Container(Record, frozen=True):
    """A tree whose rules hold, and the signatures on its digest. `digest` is what it commits to, in all its forms."""

    root: Node
    signatures: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.signatures) > MAX_SIGNATURES:
            raise beyond(f"it has more than {MAX_SIGNATURES} signatures")
        check_rules(self.root)

    @property
    def digest(self) -> bytes:
        """The one digest (32 bytes), whether parts are plain, elided, sealed, or shown alone."""
        return self.root.digest

    def to_map(self) -> dict[int, Any]:
        """Return the map that stands for the container, plain data all through."""
        return container_map(self.root, self.signatures)

    @classmethod
    def from_plain(cls, value: Any) -> Self:
        """Return the container that decoded data stands for; raises like `read`."""
        return cls(*container_of(value))


class Signed(Record, frozen=True):
    """What is signed. `context`: what the container is for, such as the name of a deal; empty for nothing special."""

    domain: str
    format: int
    digest: bytes
    context: bytes


def pack(content: Item | Group, seed: bytes) -> Container:
    """Return the unsigned container of `content`.

    `seed`: 32 secret bytes, fresh for each container; the salts derive from it, so the same content and seed give
    the same container. Raises PeerDeviated (CONTAINER_INVALID, CONTAINER_LIMITS), UsageError (CONTAINER_PART).
    """
    if len(seed) != SEED:
        raise UsageError("CONTAINER_PART", "cannot pack the container: its seed does not have 32 bytes")
    # HMAC-SHA256 under the seed, its key and tag taken in once for all salts.
    return Container(_built(content, hmac.new(seed, _SALT_TAG, "sha256"), b"", 0))


def read(data: bytes, most: int = MAX_SIZE) -> Container:
    """Return the container that `data`, of at most `most` bytes, stands for; `verify` says whether to believe it.

    Raises MalformedEncoding (ENCODING_INVALID) and PeerDeviated (CONTAINER_INVALID, CONTAINER_LIMITS,
    VERSION_UNSUPPORTED).
    """
    _check_size(data, most)
    return Container.decode(data)


def write(container: Container) -> bytes:
    """Return the bytes to send or to store. Raises PeerDeviated (CONTAINER_LIMITS)."""
    data = encode(container)
    _check_size(data, MAX_SIZE)
    return data


def sign(container: Container, signer: Signer, *, context: bytes = b"", unseen: bool = False) -> Container:
    """Return the container with one more signature on its digest, in this context.

    Nobody signs what is hidden from them unless `unseen` says that they mean to. Raises UsageError (CONTAINER_PART).
    """
    if not unseen and not complete(container):
        raise UsageError("CONTAINER_PART", "cannot sign the container: a part of it is hidden")
    signature = signer(_signed(container.digest, context), KIND)
    return Container(container.root, (*container.signatures, signature))


def verify(container: Container, verifier: Verifier, signers: Sequence[bytes], *, context: bytes = b"") -> bytes:
    """Return the digest if exactly `signers` (Ed25519 keys) signed the container, in this order and context.

    With that, every part that is there is what they signed: the digest was computed from it. A container that asks
    for non-repudiation of origin needs a signer. Raises PeerDeviated (SIG_INVALID, SIG_KEY_WEAK, CONTAINER_INVALID).
    """
    if len(signers) != len(container.signatures):
        raise refused(f"it has {len(container.signatures)} signatures instead of {len(signers)}")
    if not signers and demands(container).origin:
        raise refused("it asks for non-repudiation of origin, and nobody signed it")
    wanted = _signed(container.digest, context)
    for signature, public in zip(container.signatures, signers, strict=True):
        if verifier(signature, KIND, public) != wanted:
            raise refused("a signature is on another container, or was made in another context", signature)
    return container.digest


def elide(container: Container, paths: Iterable[Path]) -> Container:
    """Return the container with only the digests of the nodes at `paths` left. Raises UsageError (CONTAINER_PART)."""
    edits = dict.fromkeys(paths, _elided)
    return Container(rewrite(container.root, edits), container.signatures)


def show(container: Container, path: Path) -> Container:
    """Return the container with the node at `path` and nothing else: the proofs of where it stands, the signatures.

    Raises UsageError (CONTAINER_PART).
    """
    return Container(_narrowed(container.root, path), container.signatures)


def show_child(container: Container, path: Path) -> Container:
    """Return the container in which of the node around `path` only that child is left, with its proof.

    What stands elsewhere stays as it is. Raises UsageError (CONTAINER_PART).
    """
    if not path:
        raise UsageError("CONTAINER_PART", "cannot show one child: the root is nobody's child")
    edits = {path[:-1]: lambda node: _narrowed(node, path[-1:])}
    return Container(rewrite(container.root, edits), container.signatures)


def item_at(container: Container, path: Path) -> Item:
    """Return the item at `path`. Raises UsageError (CONTAINER_PART) if none is there, or it is hidden."""
    node = node_at(container.root, path)
    if not isinstance(node, Leaf):
        raise UsageError("CONTAINER_PART", f"cannot read the item at {path}: it is hidden, or a group")
    return Item(node.kind, node.body)


def hidden(container: Container) -> tuple[Path, ...]:
    """Return the paths of all parts that are elided or sealed, in order; siblings of a shown child are not listed."""
    return tuple(path for path, node in walk(container.root) if isinstance(node, Elided | Sealed))


def complete(container: Container) -> bool:
    """Say whether nothing is hidden: no part elided or sealed, no child left out beside a shown one.

    The digest alone doesn't tell, since all forms share it: ask before giving a receipt for the content.
    """
    return not any(isinstance(node, Elided | Sealed | Shown) for _, node in walk(container.root))


def security_at(container: Container, path: Path) -> Security:
    """Return what is asked for the node at `path`, by itself and the nodes around it. Raises UsageError."""
    groups = (node for node in along(container.root, path) if isinstance(node, Inner | Shown))
    return reduce(lambda outer, group: group.security.within(outer), groups, NOTHING)


def demands(container: Container) -> Security:
    """Return what handing over the whole container must satisfy: the strongest that any visible node asks.

    Its parties are those of the root: parts kept for fewer are sealed by themselves.
    """
    groups = (node for _, node in walk(container.root) if isinstance(node, Inner | Shown))
    strongest = reduce(lambda outer, group: group.security.within(outer), groups, NOTHING)
    return replace(strongest, confidential=security_at(container, ()).confidential)


def _check_size(data: bytes, most: int) -> None:
    if len(data) > most:
        raise beyond(f"it has {len(data)} bytes, and {most} is the most")


def _built(content: Item | Group, salts: hmac.HMAC, path: bytes, depth: int) -> Node:
    """`path`: 4 bytes, big-endian, for each index on the way from the root."""
    if isinstance(content, Item):
        salt = salts.copy()
        salt.update(path)
        return Leaf(content.kind, salt.digest()[:SALT], content.body)
    check_depth(depth + 1)
    numbered = enumerate(content.parts)
    children = tuple(_built(part, salts, path + index.to_bytes(4, "big"), depth + 1) for index, part in numbered)
    return Inner(content.security, children)


def _narrowed(node: Node, path: Path) -> Node:
    if not path:
        return node
    child = _narrowed(child_of(node, path[0]), path[1:])
    if isinstance(node, Inner):
        proof = proof_of(node.levels, path[0])
        return Shown(node.security, len(node.children), path[0], child, proof)
    assert isinstance(node, Shown), "child_of found a child"
    return Shown(node.security, node.count, node.index, child, node.proof)


def _elided(node: Node) -> Node:
    return Elided(node.digest)


def _signed(digest: bytes, context: bytes) -> bytes:
    return encode(Signed(_DOMAIN, FORMAT, digest, context))
