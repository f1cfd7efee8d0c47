"""What holds between the nodes of every container: its limits, and that content is kept for fewer parties inside."""

from __future__ import annotations

from collections.abc import Iterator

from semper_host.model.container_nodes import Inner, Leaf, Node, Sealed, Shown, refused
from semper_host.model.errors import PeerDeviated
from semper_host.model.security import Security

MAX_DEPTH = 12
"""Inner nodes at most on the way to a leaf: as many as fit into the encoding's nesting."""
MAX_NODES = 2**20
"""Nodes at most in one container, in whatever form."""
MAX_SIZE = 64 * 2**20
"""Bytes at most of one container as it is stored or sent. Bulk content lies in editions, outside."""

Path = tuple[int, ...]
"""Where a node stands: the index of each child on the way from the root, which is ()."""


def check_rules(root: Node) -> None:
    """Refuse a container that breaks a limit, widens the parties of an outer node, or seals to one not named.

    Raises PeerDeviated (CONTAINER_LIMITS, CONTAINER_INVALID). What is hidden is checked when it is opened.
    """
    if _count(root, 0, ()) > MAX_NODES:
        raise beyond(f"it has more than {MAX_NODES} nodes")


def check_depth(depth: int) -> None:
    """Refuse a node that stands under more than MAX_DEPTH inner nodes. Raises PeerDeviated (CONTAINER_LIMITS)."""
    if depth > MAX_DEPTH:
        raise beyond(f"it is nested deeper than {MAX_DEPTH}")


def audience(outer: tuple[bytes, ...], security: Security) -> tuple[bytes, ...]:
    """Return whom content is for inside a node with these attributes that stands where it is for `outer`."""
    if not security.narrows(outer):
        raise refused("a node names a party that the node around it does not name")
    return security.confidential or outer


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Yield every node that is there, with its path, each before what is below it."""
    yield path, node
    if isinstance(node, Inner):
        for index, child in enumerate(node.children):
            yield from walk(child, (*path, index))
    elif isinstance(node, Shown):
        yield from walk(node.child, (*path, node.index))


def beyond(why: str) -> PeerDeviated:
    """Return the refusal of a container that breaks a limit."""
    return PeerDeviated("CONTAINER_LIMITS", f"cannot handle the container: {why}")


def _count(node: Node, depth: int, outer: tuple[bytes, ...]) -> int:
    check_depth(depth)
    if isinstance(node, Sealed):
        if outer and not {copy.recipient for copy in node.copies} <= set(outer):
            raise refused("a part is sealed to somebody whom the signed attributes do not name")
        return 1
    if not isinstance(node, (Inner, Shown)):  # a union of types takes three times as long
        return 1
    inside = audience(outer, node.security)
    below = node.children if isinstance(node, Inner) else (node.child,)
    # Most nodes are leaves, and a leaf can only be too deep.
    check_depth(depth + 1)
    return 1 + sum(1 if type(child) is Leaf else _count(child, depth + 1, inside) for child in below)
