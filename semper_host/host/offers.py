"""A merchant's offers: sealed editions, stapled terms, and the signed offer, all as static files below public/."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.served_banks import check_served
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.commerce.binding import read_parameters
from semper_host.commerce.check_record import check_record
from semper_host.commerce.offers import Offer, OfferArticle, OfferParameter, OfferPayment, sign_offer
from semper_host.host import identity, installed, trusting
from semper_host.host.business import bound_terms
from semper_host.host.enrolment import vouch_for
from semper_host.host.home import Home
from semper_host.host.payments import KEYS_PATH, OpenPurse
from semper_host.host.trustee_line import ask_enrolled
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.bulk import seal_edition
from semper_host.supporting.cryptographic.durable_file import replace
from semper_host.supporting.cryptographic.edition import Edition
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.sealing import SealingKey

_CONTENT_KEYS, _OFFERS = b"content-keys", b"offers"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ForSale:
    """One article to offer: its content is every file below `directory`, None where there is no content to it."""

    name: str
    title: str
    price: Money
    directory: Path | None


def seal(home: Home, directory: Path, progress: Progress | None = None) -> Edition:
    """Encrypt the files below `directory` once as an edition under public/editions and keep its content key.

    Returns the edition.
    """
    files = sorted(file for file in directory.rglob("*") if file.is_file())
    if not files:
        raise UsageError("USAGE_INVALID", f"cannot offer {directory}: there is no file in it")
    key = fresh_seed()
    place = home.public / "editions" / sha256(key).hexdigest()[:32]
    home.archive.commit(lambda tx: home.archive.keep(tx, _CONTENT_KEYS, place.name, key))
    edition = seal_edition([(file.relative_to(directory).as_posix(), file) for file in files], place, key, progress)
    home.archive.commit(lambda tx: home.archive.keep(tx, _CONTENT_KEYS, edition.root.hex(), key))
    return edition


def content_key(home: Home, root: bytes) -> bytes:
    """Return the content key of the edition with this root. Raises UsageError where it was not sealed here."""
    key = home.archive.recall(_CONTENT_KEYS, root.hex())
    if key is None:
        raise UsageError("USAGE_INVALID", f"cannot find the content key of the edition {root.hex()[:16]}")
    return key


def make(
    home: Home,
    name: str,
    pack: Pack,
    things: Sequence[ForSale],
    parameters: dict[str, str],
    purses: Sequence[OpenPurse],
    trustee: bytes,
    validity: tuple[int, int],
    now: int,
    progress: Progress | None = None,
) -> bytes:
    """Seal the content, staple the terms' `pack`, sign the offer, and put it all below public/; return the signed
    offer.

    `parameters` are texts as the terms declare them ("PT10M", "30.00 EUR"). Raises AdmissionRefused OFFER_PARAMETERS
    where they leave the declared ranges, UsageError for a price without a purse, and what admission and signing raise.
    """
    if not purses and any(thing.price for thing in things):
        cause = "it has no purse to be paid into; `semper purse open URL` opens one at a bank"
        raise UsageError("USAGE_INVALID", f"cannot offer anything for money from this home: {cause}")
    service = installed.keep(home, pack, now)
    terms = installed.terms_of(service)
    check_record(terms)
    keys, _ = open_service_keys(trustee, "trustee", trusting.load(home.trust).roots, now)
    for purse in purses:
        check_served(keys, purse.keys)
    articles = tuple(_article(home, thing, progress) for thing in things)
    offer = Offer(
        service_id=service.manifest.id,
        service_version=service.manifest.version,
        service=service.digest,
        seller=home.config.name,
        url=home.config.url,
        articles=articles,
        parameters=tuple(_parameter(key, value) for key, value in read_parameters(terms, parameters).items()),
        payments=tuple(OfferPayment(p.keys.system, p.account_name, p.record.statement) for p in purses),
        trustee=trustee,
        arbiter="",
        not_before=validity[0],
        not_after=validity[1],
        sealing=SealingKey.from_seed(home.keyring.seed("service.sealing")).public,
        pack_url=f"{home.config.url}/public/packs/{service.digest.hex()}.smpack",
    )
    bound_terms(offer, service)
    signed = sign_offer(offer, identity.certified(home))
    _publish(home, f"packs/{service.digest.hex()}.smpack", write_pack(pack))
    _keep(home, name, signed)
    # COMMIT POINT: from here on buyers can find the offer
    _publish(home, f"offers/{name}.offer", signed)
    return signed


def issued(home: Home, digest: bytes) -> bytes:
    """Return the signed offer with this SHA-256. Raises PeerDeviated OFFER_INVALID where this home issued none such."""
    offer = home.archive.document(digest)
    if offer is None or home.archive.recall(_OFFERS, digest.hex()) is None:
        raise PeerDeviated("OFFER_INVALID", "cannot answer: this merchant never made that offer")
    return offer


def names(home: Home) -> list[str]:
    """Return the names of this home's offers."""
    return sorted(file.stem for file in (home.public / "offers").glob("*.offer"))


def fetch_trustee(client: Client, url: str) -> bytes:
    """Return the signed service keys of the trustee at `url`."""
    return client.get(url + KEYS_PATH, 64 * 1024)


def check_enrolled(home: Home, client: Client, trustee: bytes, now: int) -> None:
    """Ask the trustee with this statement of keys whether it serves this merchant, before any buyer relies on it.

    Raises RefusedByPeer NOT_ENROLLED, Unavailable.
    """
    keys, _ = open_service_keys(trustee, "trustee", trusting.load(home.trust).roots, now)
    own = ServiceKeys.decode(cose.peek(identity.service(home, now).statement).payload)
    ask_enrolled(client, keys, vouch_for(home, keys.signing, own.signing, own.sealing, now))


def _article(home: Home, thing: ForSale, progress: Progress | None) -> OfferArticle:
    if thing.directory is None:
        return OfferArticle(thing.name, thing.title, thing.price)
    edition = seal(home, thing.directory, progress)
    folder = sha256(content_key(home, edition.root)).hexdigest()[:32]
    return OfferArticle(
        thing.name, thing.title, thing.price, encode(edition), f"{home.config.url}/public/editions/{folder}"
    )


def _parameter(name: str, value: int | str | Money) -> OfferParameter:
    if isinstance(value, Money):
        return OfferParameter(name, money=value)
    return OfferParameter(name, number=value) if isinstance(value, int) else OfferParameter(name, text=value)


def _keep(home: Home, name: str, signed: bytes) -> None:
    digest = sha256(signed).digest()

    def work(tx: object) -> None:
        home.archive.put_document(tx, signed)  # type: ignore[arg-type]
        home.archive.keep(tx, _OFFERS, digest.hex(), name.encode())  # type: ignore[arg-type]

    home.archive.commit(work)


def _publish(home: Home, path: str, data: bytes) -> None:
    target = home.public / path
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target, data, 0o644)
