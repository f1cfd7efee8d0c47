"""Every combination of attributes, to one and to several, from a sender that is certified and from one nobody knows:
what each promises is so, and what it does not ask for nobody can show.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from semper_host.cli.program import app
from semper_host.commerce.consignment import File, transfer_to
from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.consignment_words import judge_transfer, read_transfer_claim
from semper_host.exchange import container_transfer
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.transfer import ANONYMOUS, CONFIDENTIAL, ORIGIN, Parcel
from semper_host.exchange.transfer_looking import witness
from semper_host.host.consignments.records import DELIVERED
from semper_host.model import container as containers
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.security import Receipt
from tests.host.consignments.post import ADDRESS, LETTER, NAMES, PARTS, PRICE, SERVING, Post
from tests.host.marketplace import Keys


class Asked(NamedTuple):
    """One combination."""

    origin: bool
    receipt: Receipt
    confidential: bool
    anonymous: bool
    several: bool


def _combinations() -> list[Any]:
    """All of them; `make test` runs those of one parity, in which any three attributes come in every combination."""
    found = []
    for each in product((False, True), Receipt, (False, True), (False, True), (False, True)):
        asked = Asked(*each)
        odd = sum((asked.origin, asked.confidential, asked.anonymous, asked.several, asked.receipt is Receipt.NONE)) % 2
        name = "-".join(str(value) for value in each)
        found.append(pytest.param(asked, id=name, marks=[pytest.mark.deep] if odd else []))
    return found


@pytest.mark.parametrize("asked", _combinations())
def test_every_combination_of_attributes_keeps_its_promises(post: Post, tmp_path: Path, asked: Asked) -> None:
    names = (SERVING if asked.anonymous else NAMES)[: 1 + asked.several]
    number = handed_over(post, asked, names)
    own = dict(zip(names, (PRICE, ADDRESS), strict=False))
    for name in names:
        assert {path.name for path in post.party(name).files(number)} == {LETTER.name, own[name].name}
    standing = post.standing("sender", number)
    assert standing.over and standing.packed is not None
    assert post.stranger().consignments.rows()[number].state(post.clock()) == DELIVERED
    proved(post, tmp_path, asked, names, number)
    for seat, parcel in enumerate(standing.packed.parcels, 1):
        transfer = transfer_to(standing.roll, seat, standing.packed.digest)
        covered = (ORIGIN in transfer.security, CONFIDENTIAL in transfer.security, ANONYMOUS in transfer.security)
        assert covered == (asked.origin, asked.confidential, asked.anonymous)
        assert PRICE.content not in parcel and ADDRESS.content not in parcel
        assert (LETTER.content in parcel) != asked.confidential
        assert closed_to_a_third(transfer, parcel) == asked.confidential
        assert forged_by_its_recipient(post, names[seat - 1], number, seat) != asked.origin


def handed_over(post: Post, asked: Asked, names: tuple[str, ...]) -> bytes:
    """Do all that a transfer takes, in as few calls as there can be."""
    parts = PARTS[: 1 + len(names)]
    wishes: dict[str, Any] = {name: getattr(asked, name) for name in ("origin", "receipt", "confidential")}
    if asked.anonymous:
        number = post.sent(parts, names, **wishes)
        for name in names:
            post.accept(name, number)
        post.ask_again(number)
        return number
    number, tickets = post.send(parts, names, **wishes)
    post.joined(number, tickets)
    for name in (*reversed(names), *names):
        post.step(name, number)
    return number


def proved(post: Post, place: Path, asked: Asked, names: tuple[str, ...], number: bytes) -> None:
    """Each party's evidence says what was signed, and no more; `deal verify` reads it with the roots alone."""
    said = "" if asked.receipt is Receipt.NONE else asked.receipt.value
    mine, theirs = post.evidence("sender", number), post.evidence(names[-1], number)
    assert [(got.origin, got.receipt) for got in mine.got] == [(asked.origin, said)] * len(names)
    assert [(got.seat, got.origin, got.receipt) for got in theirs.got] == [(len(names), asked.origin, said)]
    assert mine.members[0] == theirs.members[0]
    assert (mine.members[0][1] == "") == mine.members[0][0].startswith("anonymous, key ") == asked.anonymous
    for file, claim, signed in ((theirs, "0:not-sent", asked.origin), (mine, "1:not-received", bool(said))):
        assert judge_transfer([file], [read_transfer_claim(claim)]).decided == signed
    exported = place / "it.evidence"
    exported.write_bytes(post.exported("sender", number))
    ran = CliRunner().invoke(app, ["deal", "verify", str(exported), "--roots", str(post.sender.trust)])
    assert ran.exit_code == 0 and ran.stdout == "\n".join(mine.lines) + "\n", ran.output


def closed_to_a_third(transfer: Any, parcel: bytes) -> bool:
    """Say whether somebody with keys of its own, and the parcel, reads none of it."""
    keys = Keys.of("somebody")
    crypto = crypto_for(keys.signing, keys.sealing)
    try:
        container_transfer.take(transfer, crypto, parcel)
    except SemperError:
        return LETTER.content not in parcel
    return False


def forged_by_its_recipient(post: Post, name: str, number: bytes, seat: int) -> bool:
    """Say whether a recipient can make a parcel of its own that nobody tells from the sender's: so nobody need
    believe it that the sender's is.
    """
    standing = post.standing(name, number)
    roll, crypto = standing.roll, standing.table.crypto
    root = containers.demands(post.standing("sender", number).container)
    item = Item("statement.file", encode(File("lie.txt", b"I owe you a fortune.")))
    lie = containers.pack(containers.Group(root, [item]), bytes(32))
    transfer = transfer_to(roll, seat, lie.digest)
    handed = Handed(lie.digest, container_transfer.give(transfer, crypto, lie))
    assert (Parcel.decode(handed.parcel).origin is not None) == (ORIGIN in transfer.security)
    try:
        witness(transfer, crypto, handed.parcel)
        container_transfer.take(transfer, crypto, handed.parcel)
    except SemperError:
        return False
    return True
