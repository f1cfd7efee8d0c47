"""The demo's world: throwaway authorities, six parties and their trust, made with commands that anybody would use."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from semper_host.cli.demo import content, log
from semper_host.cli.demo.parties import Party, at_once, free_port, make
from semper_host.cli.demo.relay import Relay
from semper_host.cli.demo.story import Story
from semper_host.host import data

SERVICE, ECASH = "semper/courseware", "semper/ecash"
PRICE, START = "19.90 EUR", "100.00 EUR"
DENOMINATIONS = "14"
MANAGERS = ("items-payment.smp", "items-statement.smp")
TITLE = "Electronic commerce in Europe, a course"
_REQUEST = ("authority", "request")
SHORT, LONG = "PT5S", "PT10M"
"""How long the offers wait for the buyer's answer: the short ones where the demo waits for the deadline."""


@dataclass
class World:
    """Everybody and everything in the demo."""

    root: Path
    story: Story
    evaluator: Party
    registrar: Party
    repository: Party
    merchant: Party
    bank: Party
    trustee: Party
    buyer: Party
    newcomer: Party
    relay: Relay
    anchor: str = ""  # the fingerprint by which the repository is trusted
    offers: dict[str, str] = field(default_factory=dict)

    @property
    def witnesses(self) -> tuple[Party, ...]:
        """Who watches the repository's log: the two authorities, each in a process of its own."""
        return (self.evaluator, self.registrar)

    @property
    def services(self) -> tuple[Party, ...]:
        """The parties that serve."""
        return (self.repository, self.bank, self.trustee, self.merchant)

    @property
    def bundles(self) -> Path:
        """Where the merchant keeps the bundles that it publishes."""
        return self.root / "bundles"

    def up(self) -> None:
        """Start all servers that do not run."""
        at_once([party.up for party in self.services if party.process is None])

    def down(self) -> None:
        """Stop all servers."""
        at_once([party.stop for party in self.services])

    def close(self) -> None:
        """Stop everything, whatever state it is in."""
        for party in (*self.services, *self.witnesses, self.buyer, self.newcomer):
            party.stop()
        self.relay.close()


def build(root: Path, story: Story) -> World:
    """Make the world below `root`; its servers run when this returns."""
    world = _homes(root, story)
    try:
        world.anchor = log.begin(story, world.repository, world.witnesses)
        _certify(world)
        _publish(world)
        world.up()
        _accounts(world)
        _offer(world)
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


def _certify(world: World) -> None:
    """Certificates for merchant, bank and trustee; roots and policies into every home that must believe them."""
    story, root = world.story, world.root
    story.chapter(
        "Certificates and trust",
        "A registration office certifies merchant, bank and trustee; an evaluation board will judge terms.",
    )
    registered = (world.merchant, world.bank, world.trustee)
    with story.waiting("certifying"):
        world.registrar.run_all(*(_issuing(root, party) for party in registered))
        at_once([_truster(world, party) for party in (*registered, world.buyer, world.newcomer)])
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
        certified = party in (world.merchant, world.bank, world.trustee)
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
        packs = [_pack_url(world, Path(archive).name) for archive in honest]
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


def _accounts(world: World) -> None:
    """A mint, purses, and play money."""
    story = world.story
    story.chapter("Money", f"The bank runs an ecash mint; Alice's account gets {START} of play money.")
    managers = ("bundle", "install", *(_pack_url(world, name) for name in MANAGERS))
    purse = ("purse", "open", world.bank.url)
    said = at_once(
        [
            lambda: world.buyer.run_all(managers, purse),
            lambda: world.merchant.run_all(purse),
            lambda: world.trustee.run_all(purse),
            lambda: world.newcomer.run_all(managers),
        ]
    )
    world.bank.run_all(
        ("bank", "open", _account(said[0]), "--name", world.buyer.name, "--credit", START),
        ("bank", "open", _account(said[1]), "--name", world.merchant.name),
    )
    world.buyer.run("purse", "withdraw", START)
    story.fact("Alice", f"withdrew {START} in coins that the bank cannot recognise")


def _account(said: str) -> str:
    """Return the number of the account that a purse goes with, out of what its opening printed."""
    return next(word for word in said.split() if word.startswith("customer:"))


def digest(archive: Path) -> str:
    """Return the hex digest by which a bundle is known."""
    return sha256(archive.read_bytes()).hexdigest()


def _pack_url(world: World, name: str) -> str:
    """Return where the repository shows the bundle of the file NAME.smp, with the proof that its log holds it."""
    return f"{world.repository.url}/packs/{digest(world.bundles / name)}.smpack"


def _offer(world: World) -> None:
    """The course and the offers for it."""
    story, root = world.story, world.root
    files = content.generate(root / "course", seed=1997)
    size = sum(file.stat().st_size for file in files)
    story.chapter(
        "The offers",
        f"EUROCOM encrypts a course of {len(files)} parts, {size / 1e6:.1f} MB, once an edition, and signs offers.",
    )
    small = root / "leaflet"
    small.mkdir()
    (small / "leaflet.txt").write_text("A leaflet.\n")
    hostile = {name: _pack_url(world, f"demo-{name}.smp") for name in ("unevaluated", "grabber")}
    wanted = {
        "course": (SERVICE, "course", LONG),
        "course-short": (SERVICE, "course", SHORT),
        "quick-course": (hostile["unevaluated"], "leaflet", LONG),
        "free-enquiry": (hostile["grabber"], "leaflet", LONG),
    }
    with story.waiting("encrypting"):
        commands = [_offering(world, name, *what) for name, what in wanted.items()]
        said = at_once([lambda: world.merchant.run_all(*commands[:2]), lambda: world.merchant.run_all(*commands[2:])])
    made = [line for lines in said for line in lines.splitlines() if line.startswith("http")]
    world.offers.update(zip(wanted, made, strict=True))
    for name, url in world.offers.items():
        story.fact(name, url)


def _offering(world: World, name: str, service: str, folder: str, wait: str) -> tuple[str, ...]:
    """Return the command that makes an offer."""
    parameters = ["-p", f"answer_within={wait}"]
    if name != "free-enquiry":
        parameters += ["-p", "resolve_within=PT2M", "-p", "price_ceiling=30.00 EUR"]
    words = ["--service", service, "--content", str(world.root / folder), "--title", TITLE, "--price", PRICE]
    return ("offer", "create", name, *words, "--trustee", world.trustee.url, *parameters)
