"""How containers are written: deterministic CBOR, every form of a node told by its keys (docs/reference/container.md).

    leaf   {0: kind, 1: salt, 2: body}                              elided {9: digest}
    inner  {3: security, 4: [child, …]}                             sealed {9: digest, 10: [[recipient, sealed], …]}
    shown  {3: security, 5: count, 6: index, 7: child, 8: proof}    container {0: format, 1: root, 2: [signature, …]}

Reading makes every node anew, and with it every digest: what is read is exactly what its digest says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from semper_host.model.container_nodes import Copy, Elided, Inner, Leaf, Node, Sealed, Shown, refused
from semper_host.model.errors import PeerDeviated
from semper_host.model.security import Security

FORMAT = 1
MAX_SIGNATURES = 16

Parts = tuple[Node, tuple[bytes, ...]]
"""The root of a container and its signatures."""


def container_map(root: Node, signatures: tuple[bytes, ...]) -> dict[int, Any]:
    """Return the map that stands for a container."""
    return {0: FORMAT, 1: node_map(root), 2: list(signatures)}


def container_of(value: Any) -> Parts:
    """Return root and signatures of the container that decoded data stands for, every digest in it computed anew.

    Raises MalformedEncoding (ENCODING_INVALID) and PeerDeviated (CONTAINER_INVALID, VERSION_UNSUPPORTED).
    """
    if type(value) is not dict or tuple(value) != (0, 1, 2) or type(value[2]) is not list:
        raise refused("it is not a map of format, root and signatures")
    if type(value[0]) is not int or value[0] != FORMAT:
        raise PeerDeviated("VERSION_UNSUPPORTED", "cannot read the container: it has another format")
    signatures = value[2]
    if len(signatures) > MAX_SIGNATURES or any(type(signed) is not bytes for signed in signatures):
        raise refused(f"its signatures are not at most {MAX_SIGNATURES} byte strings")
    return node_of(value[1]), tuple(signatures)


def node_map(node: Node) -> dict[int, Any]:
    """Return the map that stands for `node`."""
    if isinstance(node, Leaf):
        return {0: node.kind, 1: node.salt, 2: node.body}
    if isinstance(node, Inner):
        return {3: node.security.to_map(), 4: [node_map(child) for child in node.children]}
    if isinstance(node, Elided):
        return {9: node.digest}
    if isinstance(node, Sealed):
        return {9: node.digest, 10: [[copy.recipient, copy.sealed] for copy in node.copies]}
    return {3: node.security.to_map(), 5: node.count, 6: node.index, 7: node_map(node.child), 8: node.proof}


def node_of(value: Any) -> Node:
    """Return the node that decoded data stands for. Raises PeerDeviated (CONTAINER_INVALID), MalformedEncoding."""
    read = _READERS.get(tuple(value)) if type(value) is dict else None
    if read is None:
        raise refused("a part of it is no form of a node")
    return read(value)


def _leaf(value: dict[int, Any]) -> Leaf:
    kind, salt, body = value[0], value[1], value[2]
    if type(kind) is not str or type(salt) is not bytes or type(body) is not bytes:
        raise refused("a leaf is not kind, salt and body")
    return Leaf(kind, salt, body)


def _inner(value: dict[int, Any]) -> Inner:
    if type(value[4]) is not list:
        raise refused("the children of a node are not a list")
    return Inner(Security.from_plain(value[3]), tuple(map(node_of, value[4])))


def _shown(value: dict[int, Any]) -> Shown:
    count, index, proof = value[5], value[6], value[8]
    if type(count) is not int or type(index) is not int or type(proof) is not bytes:
        raise refused("a shown child has no count, index and proof")
    return Shown(Security.from_plain(value[3]), count, index, node_of(value[7]), proof)


def _elided(value: dict[int, Any]) -> Elided:
    return Elided(_digest(value[9]))


def _sealed(value: dict[int, Any]) -> Sealed:
    if type(value[10]) is not list:
        raise refused("the copies of a sealed part are not a list")
    return Sealed(_digest(value[9]), tuple(map(_copy, value[10])))


def _copy(value: Any) -> Copy:
    if type(value) is not list or len(value) != 2 or any(type(part) is not bytes for part in value):
        raise refused("a copy of a sealed part is not recipient and sealed bytes")
    return Copy(value[0], value[1])


def _digest(value: Any) -> bytes:
    if type(value) is not bytes:
        raise refused("a digest is not a byte string")
    return value


_READERS: dict[tuple[Any, ...], Callable[[dict[int, Any]], Node]] = {
    (0, 1, 2): _leaf,
    (3, 4): _inner,
    (3, 5, 6, 7, 8): _shown,
    (9,): _elided,
    (9, 10): _sealed,
}
