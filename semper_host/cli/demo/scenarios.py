"""Five deals: one that goes well, four that go wrong.

Each runs in processes of its own and is judged by the homes it leaves.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from semper_host.cli.demo import judging, readback
from semper_host.cli.demo.parties import Party, at_once
from semper_host.cli.demo.world import World, digest
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.mail import MAIL_PATH
from semper_host.supporting.communication.session import Batch

Record = dict[str, Any]
PAY_M2, PAY_M3 = 3, 4
"""The buyer's third envelope is message 2 of the purchase, the merchant's fourth is message 3: the contract took the
others.
"""
PATIENCE = 40
"""Seconds to wait for anything before the demo gives up."""


def sold(world: World) -> list[Record]:
    """A whole purchase between strangers."""
    story = world.story
    story.chapter(
        "1  Sold",
        "Alice opens EUROCOM's offer; they have never met. Her host fetches the terms, checks who vouches, asks her.",
    )

    def act() -> None:
        world.buyer.run("offer", "open", world.offers["course"], watched=not story.quiet)
        for screen in _screens(world, world.buyer):
            story.screen(screen)

    records = _play(world, world.buyer, {"sold": act})
    records[0]["evidence"], _ = at_once([lambda: _evidence(world), world.up])  # the next scenario's servers start
    return records


def resolved(world: World) -> list[Record]:
    """The merchant dies with the money held and the key not sent; the trustee completes the exchange."""
    story = world.story
    story.chapter(
        "2  Resolved",
        "The same again, but EUROCOM's process is killed after the money is held and before its key leaves.",
    )

    def act() -> None:
        caught = threading.Event()
        world.relay.answers = lambda path, body: _passes(path, body, PAY_M3, caught)
        process = world.buyer.launch("offer", "open", world.offers["course-short"])
        _await(caught.is_set, "the merchant's key")
        world.merchant.kill()
        story.fact("SIGKILL", "EUROCOM is gone; its message 3 never reached Alice. Her money is held at the bank.")
        world.relay.answers = lambda path, body: True
        _await(lambda: "the goods' key is here" in _log(world.buyer), "the trustee's resolution")
        story.fact("Trustee", "opens the escrow, has the money released, and hands Alice the key")
        world.merchant.up()
        story.fact("EUROCOM", "is back, and finds the money on its account")
        _end_of(process)
        _await(lambda: _settled(world), "the merchant to see its money", pause=0.4)

    return _play(world, world.buyer, {"resolved": act})


def abandoned(world: World) -> list[Record]:
    """The buyer walks away with its money held; the merchant aborts; the money comes back."""
    story = world.story
    story.chapter(
        "3  Abandoned",
        "Alice's money is held, but she walks away before message 2 leaves. EUROCOM does not wait for ever.",
    )

    def act() -> None:
        caught = threading.Event()
        world.relay.requests = lambda path, body: _passes(path, body, PAY_M2, caught)
        world.buyer.launch("offer", "open", world.offers["course-short"])
        _await(caught.is_set, "the held money")
        world.buyer.stop()
        world.relay.requests = lambda path, body: True
        story.fact("Alice", "has closed her computer")
        _await(lambda: _settled(world), "the merchant to abort", pause=0.4)
        story.fact("EUROCOM", "asks the trustee to abort; the bank is told to give the money back")
        done = world.buyer.run("deal", "resume", check=False)
        story.fact("Alice", f"is back: {done.stdout.strip().splitlines()[-1]}")

    return _play(world, world.buyer, {"abandoned": act})


def refused(world: World) -> list[Record]:
    """What a newcomer's host refuses, in one session: changed terms, and services that nobody evaluated."""
    acts = {"tampered": lambda: _tampered(world), "unevaluated": lambda: _unevaluated(world)}
    return _play(world, world.newcomer, acts)


def _tampered(world: World) -> None:
    """One byte of the terms changed in the repository: refused."""
    world.story.chapter(
        "4  Tampered",
        "Somebody changes one byte of the terms in the repository, and in EUROCOM's own copy. Bob opens the offer.",
    )
    archive = world.bundles / "commerce-courseware.smp"
    places = (world.repository.home / "repository" / "packs", world.merchant.home / "public" / "packs")
    genuine = {file: file.read_bytes() for file in (place / f"{digest(archive)}.smpack" for place in places)}
    for file, data in genuine.items():
        file.write_bytes(_flipped(data, archive.stat().st_size // 2))
    try:
        _must_refuse(world, "course")
    finally:
        for file, data in genuine.items():
            file.write_bytes(data)


def _unevaluated(world: World) -> None:
    """Two services that nobody evaluated: one is refused at admission, one at run time. Neither can do harm."""
    world.story.chapter(
        "5  Unevaluated",
        "Terms that take a payment, and nobody vouches for them.",
        "Then a service that asks for nothing, and grabs at run time.",
    )
    for offer in ("quick-course", "free-enquiry"):
        _must_refuse(world, offer)


SCENARIOS: tuple[Callable[[World], list[Record]], ...] = (sold, resolved, abandoned, refused)


def _play(world: World, buyer: Party, acts: dict[str, Callable[[], None]]) -> list[Record]:
    """Run one session between two readings of the homes, the second with no process alive; one record a scenario."""
    before = world.readings.get(buyer.name) or readback.read(world, buyer)
    refusals = [before.refusals]
    world.up()
    try:
        for act in acts.values():
            act()
            buyer.stop()
            refusals.append(len(readback.refusals(buyer)))
    finally:
        world.relay.answers = world.relay.requests = lambda path, body: True
        buyer.stop()
        world.down()
    after, said = readback.read(world, buyer), readback.refusals(buyer)
    world.readings = {buyer.name: after}  # of others' homes it says what was: they are read again
    ended = readback.deal(buyer, before.deals) if after.deals > before.deals else None
    codes = [said[start:end] for start, end in pairwise(refusals)]
    decided = readback.verdict(world.trustee, ended["label"] if ended else None)
    for name, found in zip(acts, codes, strict=True):
        world.wrong += judging.unlike(name, [each["code"] for each in found], decided)
    firsts = [found[0] if found else None for found in codes]
    money = (before.balances, after.balances)
    return [_record(world, name, buyer, money, ended, first) for name, first in zip(acts, firsts, strict=True)]


def _record(
    world: World,
    name: str,
    buyer: Party,
    balances: tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]],
    ended: Record | None,
    refusal: dict[str, str] | None,
) -> Record:
    """Return one scenario's record, from what the homes said."""
    before, after = balances
    parties = (world.repository, world.merchant, world.bank, world.trustee, buyer)
    return {
        "scenario": name,
        "outcome": ended["end"] if ended else "refused",
        "label": ended["label"] if ended else None,
        "refusal": refusal,
        "balances": {
            party: {code: {"before": minor, "after": after[party][code]} for code, minor in amounts.items()}
            for party, amounts in before.items()
        },
        "goods": ended["goods"] if ended else [],
        "evidence": None,
        "parties": [
            {"role": each.role, "pid": each.pid, "home": str(each.home), "url": each.url or None} for each in parties
        ],
    }


def _evidence(world: World) -> str:
    """Export the deal's evidence, verify it in a new process with nothing but trust roots, then with one byte
    changed.
    """
    story = world.story
    file = world.root / "sold.evidence"
    deal = readback.deal(world.buyer, 0)["deal"]
    world.buyer.run("deal", "export", deal, "-o", str(file))
    stranger = Party("stranger", "stranger", world.root / "nobody")
    roots = ("--roots", str(world.buyer.home / "trust"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    forged = world.root / "forged.evidence"
    forged.write_bytes(data)
    proved, refused = at_once(
        [
            lambda: stranger.run("deal", "verify", str(file), *roots),
            lambda: stranger.run("deal", "verify", str(forged), *roots, check=False),
        ]
    )
    story.say("A stranger verifies the evidence, off-line, with nothing but the trust roots:")
    for line in proved.stdout.splitlines():
        story.say(f"  {line}")
    if refused.returncode != 1:
        raise SemperError("EVIDENCE_INVALID", "cannot go on: changed evidence was accepted")
    story.say(f"With one byte changed: {refused.stderr.splitlines()[0]}")
    return str(file)


def _screens(world: World, party: Party) -> list[list[str]]:
    """Return the screens that the party's trusted user interface showed."""
    transcript = world.root / f"{party.home.name}-screens.jsonl"
    return [json.loads(line)["lines"] for line in transcript.read_text().splitlines()]


def _must_refuse(world: World, offer: str) -> None:
    """Have the newcomer open an offer that its host must refuse; tell why it did."""
    done = world.newcomer.run("offer", "open", world.offers[offer], check=False)
    if done.returncode == 0:
        raise SemperError("BACKEND_FAILED", "cannot go on: what had to be refused was accepted")
    for line in [line for line in done.stderr.splitlines() if line.strip()][-3:]:
        world.story.say(line)


def _passes(path: str, body: bytes, number: int, caught: threading.Event) -> bool:
    """Say whether a body may pass the relay: all may until one carries envelope `number`; that one never does."""
    if not path.startswith(MAIL_PATH):
        return True
    try:
        held = any(envelope.seq == number for envelope in Batch.decode(body).envelopes)
    except MalformedEncoding:
        return True
    if held:
        caught.set()
    return not held


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _log(party: Party) -> str:
    file = Path(party.home.parent / f"{party.home.name}.log")
    return file.read_text() if file.exists() else ""


def _settled(world: World) -> bool:
    """Say whether all of the merchant's deals are over, as its own command line tells."""
    return all(deal["state"] == "over" for deal in world.merchant.ask("deal", "list"))


def _await(happened: Callable[[], bool], what: str, pause: float = 0.1) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            raise SemperError("PEER_UNREACHABLE", f"cannot go on: waited {PATIENCE} seconds for {what}")
        time.sleep(pause)


def _end_of(process: Any) -> None:
    if process.wait(timeout=PATIENCE) != 0:
        raise SemperError("BACKEND_FAILED", "cannot go on: the buyer's process did not end well")
