"""Finding nodes, and putting other forms of them in their places: the digest above never changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from semper_host.model.container_nodes import Inner, Node, Shown, refused
from semper_host.model.container_rules import Path
from semper_host.model.errors import UsageError

Edit = Callable[[Node], Node]
"""From one form of a node to another."""


def child_of(node: Node, index: int) -> Node:
    """Return the child at `index`. Raises UsageError (CONTAINER_PART) if it is not there, or hidden."""
    if isinstance(node, Inner) and 0 <= index < len(node.children):
        return node.children[index]
    if isinstance(node, Shown) and index == node.index:
        return node.child
    raise UsageError("CONTAINER_PART", f"cannot find the part with index {index}: it is hidden, or there is none")


def node_at(root: Node, path: Path) -> Node:
    """Return the node at `path`. Raises UsageError (CONTAINER_PART) if it is not there, or hidden."""
    *_, node = along(root, path)
    return node


def along(root: Node, path: Path) -> Iterator[Node]:
    """Yield each node from the root to the one at `path`. Raises UsageError (CONTAINER_PART)."""
    yield root
    for index in path:
        root = child_of(root, index)
        yield root


def rewrite(node: Node, edits: Mapping[Path, Edit]) -> Node:
    """Return the tree under `node` with each edit done at its path, those below before those above.

    Raises UsageError (CONTAINER_PART) for a path that is not there; PeerDeviated (CONTAINER_INVALID) if what an edit
    gives is not the same node in another form.
    """
    below: dict[int, dict[Path, Edit]] = {}
    for path, edit in edits.items():
        if path:
            below.setdefault(path[0], {})[path[1:]] = edit
    changed = node
    if below:
        changed = _with(node, {index: rewrite(child_of(node, index), inner) for index, inner in below.items()})
    if () in edits:
        changed = edits[()](changed)
    if changed.digest != node.digest:
        raise refused("what was put in a part's place is not that part")
    return changed


def _with(node: Node, children: Mapping[int, Node]) -> Node:
    if isinstance(node, Inner):
        kept = enumerate(node.children)
        return Inner(node.security, tuple(children.get(index, child) for index, child in kept))
    assert isinstance(node, Shown), "child_of found a child"
    return Shown(node.security, node.count, node.index, children[node.index], node.proof)
