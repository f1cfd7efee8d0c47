"""The demo's world is made: throwaway authorities, six parties and their trust, with commands anybody would use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from semper_host.cli.demo import content, log
from semper_host.cli.demo.parties import Party, at_once, free_port, make
from semper_host.cli.demo.relay import Relay
from semper_host.cli.demo.story import Story
from semper_host.cli.demo.world import PRICE, World, pack_url
from semper_host.host import data

SERVICE, START = "semper/courseware", "100.00 EUR"
DENOMINATIONS = "14"
MANAGERS = ("items-payment.smp", "items-statement.smp")
TITLE = "Electronic commerce in Europe, a course"
_REQUEST = ("authority", "request")
SHORT, LONG = "PT5S", "PT10M"
"""How long the offers wait for the buyer's answer: the short ones where the demo waits for the deadline."""


def build(root: Path, story: Story) -> World:
    """Make the world below `root`; its servers run when this returns."""
    world = _homes(root, story)
    try:
        at_once([lambda: _anchor(world), lambda: _issue(world)])
        _certify(world)
        _publish(world)
        world.up()
        _sell(world, _open_purses(world))
    except BaseException:
        world.close()
        raise
    return world


def _homes(root: Path, story: Story) -> World:
    story.chapter(
        "Six parties and two authorities",
        "Each has a home of its own: keys, archive, trust. Nobody trusts anybody yet.",
    )
    port = free_port()
    relay = Relay(f"http://127.0.0.1:{port}")
    repository_port = free_port()
    repository = f"http://127.0.0.1:{repository_port}"
    certifying = ("--purpose", "merchant", "--purpose", "bank", "--purpose", "trustee")
    listening = {name: ("--listen", f"127.0.0.1:{free_port()}") for name in ("Bank", "Trustee")}
    buying = ("--driver", "scripted", "--allow-scripted", "--repository", repository)
    with story.waiting("making homes and keys"):
        parties = at_once(
            [
                _maker(root, "authority", "Evaluation Board", (), ("authority", "init", "--purpose", "evaluate")),
                _maker(root, "authority", "Registration Office", (), ("authority", "init", *certifying)),
                _maker(root, "repository", "Repository", ("--listen", f"127.0.0.1:{repository_port}")),
                _maker(root, "merchant", "EUROCOM", ("--listen", f"127.0.0.1:{port}", "--url", relay.url), _REQUEST),
                _maker(root, "bank", "Bank", listening["Bank"], _REQUEST),
                _maker(root, "trustee", "Trustee", listening["Trustee"], _REQUEST),
                _maker(root, "buyer", "Alice", buying),
                _maker(root, "buyer", "Bob", buying),
            ]
        )
    evaluator, registrar, repository_home, merchant, bank, trustee, alice, bob = parties
    world = World(root, story, evaluator, registrar, repository_home, merchant, bank, trustee, alice, bob, relay)
    for buyer in (world.buyer, world.newcomer):
        script = root / f"{buyer.home.name}-script.json"
        script.write_text(
            json.dumps(
                {
                    "schema": "semper.scripted/1",
                    "transcript": f"{buyer.home.name}-screens.jsonl",
                    "confirm": [{"when": "", "answer": True}],
                }
            )
        )
        script.chmod(0o600)
        buyer.environment["SEMPER_SCRIPTED_UI"] = str(script)
    for party in parties:
        story.fact(party.name, f"{party.role}{', at ' + party.url if party.url else ''}")
    return world


def _maker(root: Path, role: str, name: str, options: tuple[str, ...], *then: tuple[str, ...]) -> Callable[[], Party]:
    """Make a party, and have it ask for a certificate if it is to get one."""
    home = name.lower()
    done = [(*words, "-o", _request(root, home)) if words is _REQUEST else words for words in then]
    return lambda: make(root, role, name, options, done)


def _anchor(world: World) -> None:
    """The repository's log, its witnesses, and the anchor by which all trust it."""
    world.anchor = log.begin(world.story, world.repository, world.witnesses)


def _registered(world: World) -> tuple[Party, ...]:
    """Return who needs a certificate."""
    return (world.merchant, world.bank, world.trustee)


def _issue(world: World) -> None:
    """Have the registration office certify merchant, bank and trustee."""
    world.registrar.run_all(*(_issuing(world.root, party) for party in _registered(world)))


def _certify(world: World) -> None:
    """Certificates, roots and policies into every home that must believe them."""
    story = world.story
    story.chapter(
        "Certificates and trust",
        "A registration office certifies merchant, bank and trustee; an evaluation board will judge terms.",
    )
    with story.waiting("certifying"):
        at_once([_truster(world, party) for party in (*_registered(world), world.buyer, world.newcomer)])
    story.fact("certified", "EUROCOM as merchant, Bank as bank, Trustee as trustee (X.509, P-256)")
    story.fact("trusted", "Registration Office for identities, Evaluation Board for terms and payment systems")


def _issuing(root: Path, party: Party) -> tuple[str, ...]:
    """Return the registrar's command that certifies a party."""
    uri = f"semper:{party.role}/{party.home.name}"
    asked, chain = _request(root, party.home.name), _chain(root, party)
    return ("authority", "issue", asked, "--purpose", party.role, "--uri", uri, "-o", chain)


def _request(root: Path, home: str) -> str:
    return str(root / f"{home}.request")


def _chain(root: Path, party: Party) -> str:
    return str(root / f"{party.home.name}.chain.pem")


def _truster(world: World, party: Party) -> Callable[[], object]:
    """Have a party take its certificate, if it asked for one, and trust the authorities and the repository."""

    def trust() -> None:
        certified = party in _registered(world)
        accept = [("authority", "accept", _chain(world.root, party))] if certified else []
        registrar, evaluator = (str(each.home / "public" / "root.crt") for each in (world.registrar, world.evaluator))
        may = ("--may", "merchant", "--may", "bank", "--may", "trustee")
        enrol = [("trustee", "enrol", "--everyone")] if party is world.trustee else []
        party.run_all(
            *accept,
            ("trust", "add", registrar, "--name", "Registration Office", *may),
            ("trust", "add", evaluator, "--name", "Evaluation Board", "--may", "evaluate", "--all-grants"),
            ("trust", "repository", "add", world.repository.url, "--sha256", world.anchor),
            *enrol,
        )

    return trust


def _publish(world: World) -> None:
    """Build the first-party bundles, release, evaluate and publish them."""
    story, folder = world.story, world.bundles
    story.chapter(
        "Bundles", "Payment system, item managers and terms of business: built, released, evaluated, published."
    )
    with story.waiting("building and evaluating"):
        names = sorted(data.archives())
        archives = [str(folder / f"{name}.smp") for name in names]
        world.merchant.run_all(
            ("bundle", "build", "--shipped", "--publisher", "-o", str(folder)), ("bundle", "sign", *archives)
        )
        honest = [archive for archive in archives if not Path(archive).name.startswith("demo-")]
        world.evaluator.run("authority", "certify", *honest, "-o", str(folder))
        files = [archive.removesuffix(".smp") + ".smpack" for archive in archives]
        world.merchant.run_all(
            ("bundle", "pack", *archives), ("bundle", "publish", *files, "--to", world.repository.url)
        )
        at_once([party.stop for party in world.witnesses])  # nothing more is published
        packs = [pack_url(world, Path(archive).name) for archive in honest]
        install = ("bundle", "install", *packs)
        at_once(
            [
                lambda: world.bank.run_all(("bank", "init", "--denominations", DENOMINATIONS), install),
                lambda: world.merchant.run_all(install),
            ]
        )
    for archive in honest:
        story.fact("published", Path(archive).stem)
    story.say("Two more services are released, but nobody evaluates them; they come up at the end.")


def _open_purses(world: World) -> tuple[str, str]:
    """Purses at the bank; return what their opening told the buyer and the merchant."""
    world.story.chapter("Money", f"The bank runs an ecash mint; Alice's account gets {START} of play money.")
    managers = ("bundle", "install", *(pack_url(world, name) for name in MANAGERS))
    purse = ("purse", "open", world.bank.url)
    buyers, merchants, *_ = at_once(
        [
            lambda: world.buyer.run_all(managers, purse),
            lambda: world.merchant.run_all(purse),
            lambda: world.trustee.run_all(purse),
            lambda: world.newcomer.run_all(managers),
        ]
    )
    return buyers, merchants


def _fund(world: World, buyers: str, merchants: str) -> None:
    """Accounts and play money."""
    world.bank.run_all(
        ("bank", "open", _account(buyers), "--name", world.buyer.name, "--credit", START),
        ("bank", "open", _account(merchants), "--name", world.merchant.name),
    )
    world.buyer.run("purse", "withdraw", START)


def _account(said: str) -> str:
    """Return the number of the account that a purse goes with, out of what its opening printed."""
    return next(word for word in said.split() if word.startswith("customer:"))


def _sell(world: World, purses: tuple[str, str]) -> None:
    """Money for the buyer; meanwhile the course and the offers for it."""
    story, root = world.story, world.root
    files = content.generate(root / "course", seed=1997)
    small = root / "leaflet"
    small.mkdir()
    (small / "leaflet.txt").write_text("A leaflet.\n")
    with story.waiting("withdrawing; encrypting"):
        at_once([lambda: _fund(world, *purses), lambda: _offer(world)])
    story.fact("Alice", f"withdrew {START} in coins that the bank cannot recognise")
    size = sum(file.stat().st_size for file in files)
    story.chapter(
        "The offers",
        f"EUROCOM encrypts a course of {len(files)} parts, {size / 1e6:.1f} MB, once an edition, and signs offers.",
    )
    for name, url in world.offers.items():
        story.fact(name, url)


def _offer(world: World) -> None:
    """Have the merchant make its offers."""
    hostile = {name: pack_url(world, f"demo-{name}.smp") for name in ("unevaluated", "grabber")}
    wanted = {
        "course": (SERVICE, "course", LONG),
        "course-short": (SERVICE, "course", SHORT),
        "quick-course": (hostile["unevaluated"], "leaflet", LONG),
        "free-enquiry": (hostile["grabber"], "leaflet", LONG),
    }
    commands = [_offering(world, name, *what) for name, what in wanted.items()]
    said = at_once([lambda: world.merchant.run_all(*commands[:2]), lambda: world.merchant.run_all(*commands[2:])])
    made = [line for lines in said for line in lines.splitlines() if line.startswith("http")]
    world.offers.update(zip(wanted, made, strict=True))


def _offering(world: World, name: str, service: str, folder: str, wait: str) -> tuple[str, ...]:
    """Return the command that makes an offer."""
    parameters = ["-p", f"answer_within={wait}"]
    if name != "free-enquiry":
        parameters += ["-p", "resolve_within=PT2M", "-p", "price_ceiling=30.00 EUR"]
    words = ["--service", service, "--content", str(world.root / folder), "--title", TITLE, "--price", PRICE]
    return ("offer", "create", name, *words, "--trustee", world.trustee.url, *parameters)
