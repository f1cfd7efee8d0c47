"""Parts of a container kept for named parties: sealed after signing, opened and checked by each of them.

Only parties that the signed attributes name can be sealed to, and whoever opens a part checks that it is named
there: a recipient can't pass a signed part on as if it had been meant for somebody else (Davis, "Defective Sign &
Encrypt", 2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from semper_host.model.container import Container
from semper_host.model.container_editing import Edit, along, node_at, rewrite
from semper_host.model.container_form import FORMAT, node_map, node_of
from semper_host.model.container_nodes import Copy, Elided, Inner, Node, Sealed, Shown, refused
from semper_host.model.container_rules import Path, audience, walk
from semper_host.model.encoding import decode, encode
from semper_host.model.errors import UsageError

Sealer = Callable[[bytes, bytes, bytes], bytes]
"""recipient's sealing key, plaintext, info -> sealed; may draw randomness"""
Opener = Callable[[bytes, bytes], bytes]
"""sealed, info -> plaintext, under the own sealing key; raises PeerDeviated (SIG_INVALID)"""

_DOMAIN = "semper.container.sealed"
NOBODY_NAMED: tuple[bytes, ...] = ()


def seal(container: Container, path: Path, recipients: Iterable[bytes], sealer: Sealer) -> Container:
    """Return the container with the node at `path` sealed to each of `recipients` (sealing keys, 32 bytes).

    Raises UsageError (CONTAINER_PART) if a recipient is not named by the attributes there, or the part is hidden.
    """
    node, parties = node_at(container.root, path), sorted(set(recipients))
    named = audience_at(container, path)
    if isinstance(node, Elided | Sealed):
        raise UsageError("CONTAINER_PART", f"cannot seal the part at {path}: it is hidden already")
    if not parties or not set(parties) <= set(named):
        raise UsageError("CONTAINER_PART", f"cannot seal the part at {path}: its attributes do not name a recipient")
    plaintext = encode(node_map(node))
    copies = tuple(Copy(party, sealer(party, plaintext, info_for(node.digest, party))) for party in parties)
    return Container(rewrite(container.root, {path: lambda _: Sealed(node.digest, copies)}), container.signatures)


def open_sealed(container: Container, path: Path, recipient: bytes, opener: Opener) -> Container:
    """Return the container with the part at `path`, sealed to `recipient`, in the open.

    The digest of what was sealed is computed from it and compared before any of it is used. Raises UsageError
    (CONTAINER_PART) if nothing there is for `recipient`; PeerDeviated (SIG_INVALID, CONTAINER_INVALID,
    CONTAINER_LIMITS) and MalformedEncoding if what was sealed is not that part, or not meant for `recipient`.
    """
    return open_all(container, (path,), recipient, opener)


def open_all(
    container: Container, paths: Iterable[Path], recipient: bytes, opener: Opener, *, everybody: bool = False
) -> Container:
    """Return the container with the parts at `paths` in the open, as `open_sealed` does, all in one go.

    Where `everybody`, each must have been sealed to all whom its attributes name: none was kept from a party.
    """
    nodes = {path: node_at(container.root, path) for path in paths}
    edits = {path: _in_its_place(_part_of(path, node, recipient, opener)) for path, node in nodes.items()}
    opened = Container(rewrite(container.root, edits), container.signatures)
    for path, node in nodes.items():
        parties = {copy.recipient for copy in node.copies} if isinstance(node, Sealed) else set()
        named = set(audience_at(opened, path))
        if not parties <= named:
            raise refused("a part was sealed to a party that its attributes do not name")
        if everybody and parties != named:
            raise refused("a part was kept from a party that its attributes name")
    return opened


def sealed_for(container: Container, recipient: bytes) -> tuple[Path, ...]:
    """Return the paths of all parts sealed to `recipient`; opening one may bring more to light."""
    return tuple(
        path
        for path, node in walk(container.root)
        if isinstance(node, Sealed) and any(copy.recipient == recipient for copy in node.copies)
    )


def audience_at(container: Container, path: Path) -> tuple[bytes, ...]:
    """Return the parties that the node at `path` is for: those of the innermost node, itself included, that names any.

    Empty if none does. Raises UsageError (CONTAINER_PART).
    """
    groups = (node for node in along(container.root, path) if isinstance(node, Inner | Shown))
    return reduce(lambda outer, group: audience(outer, group.security), groups, NOBODY_NAMED)


def info_for(digest: bytes, recipient: bytes) -> bytes:
    """Return the info under which a copy is sealed (HPKE, RFC 9180 §5.1): what it is, and for whom."""
    return encode([_DOMAIN, FORMAT, digest, recipient])


def _part_of(path: Path, node: Node, recipient: bytes, opener: Opener) -> Node:
    copies = node.copies if isinstance(node, Sealed) else ()
    sealed = next((copy.sealed for copy in copies if copy.recipient == recipient), None)
    if sealed is None:
        raise UsageError("CONTAINER_PART", f"cannot open the part at {path}: it is not sealed to this party")
    return _opened(opener(sealed, info_for(node.digest, recipient)), node.digest)


def _in_its_place(part: Node) -> Edit:
    return lambda _: part


def _opened(plaintext: bytes, digest: bytes) -> Node:
    part = node_of(decode(plaintext))
    if isinstance(part, Elided | Sealed):  # it would have the right digest, and tell nothing
        raise refused("what was sealed is itself hidden", plaintext)
    if part.digest != digest:
        raise refused("what was sealed is another part", plaintext)
    return part
