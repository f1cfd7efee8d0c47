"""Parts of a container kept for named parties: sealed after signing, opened and checked by each of them.

Only parties that the signed attributes name can be sealed to, and whoever opens a part checks that it is named
there: a recipient can't pass a signed part on as if it had been meant for somebody else (Davis, "Defective Sign &
Encrypt", 2001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from semper_host.model.container import Container
from semper_host.model.container_editing import along, node_at, rewrite
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
    node = node_at(container.root, path)
    copies = node.copies if isinstance(node, Sealed) else ()
    sealed = next((copy.sealed for copy in copies if copy.recipient == recipient), None)
    if sealed is None:
        raise UsageError("CONTAINER_PART", f"cannot open the part at {path}: it is not sealed to this party")
    plaintext = opener(sealed, info_for(node.digest, recipient))
    part = _opened(plaintext, node.digest)
    opened = Container(rewrite(container.root, {path: lambda _: part}), container.signatures)
    if not {copy.recipient for copy in copies} <= set(audience_at(opened, path)):
        raise refused("a part was sealed to a party that its attributes do not name", plaintext)
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


def _opened(plaintext: bytes, digest: bytes) -> Node:
    part = node_of(decode(plaintext))
    if isinstance(part, Elided | Sealed):  # it would have the right digest, and tell nothing
        raise refused("what was sealed is itself hidden", plaintext)
    if part.digest != digest:
        raise refused("what was sealed is another part", plaintext)
    return part
