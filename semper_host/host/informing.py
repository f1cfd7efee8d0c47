"""Information that a person gives in a deal, and that came to this home in one: sealed before, opened after.

The exchange moves keys. The encrypted files go any way that suits: a web server, a disk, a mail; who has them without
the keys has nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from semper_host.commerce.terms_model import Exchange, ItemName, Section, Terms
from semper_host.exchange.goods import Goods, Part
from semper_host.host import bought_keys, offers
from semper_host.host.business import BUYER
from semper_host.host.exchange_items import their_goods
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.receiving import Progress, fetch
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.bulk import read_edition
from semper_host.supporting.cryptographic.edition import EDITION_FILE, Edition
from semper_host.supporting.cryptographic.edition_open import open_edition, read_from

MOST_EDITION = 4 << 20
"""Bytes of the description of an edition that are fetched: it lists up to 10,000 files."""


def named_folders(terms: Terms, said: Mapping[str, Path]) -> dict[str, Path]:
    """Return the folder of each information that `terms` have the buyer give, by item ("info.survey").

    `said` is by name, with the section or without. Raises UsageError INFORMATION_MISSING where one is missing, or named
    that is not the buyer's to give.
    """
    wanted = {str(item): terms.item(item).title or item.name for item in _informed(terms)}
    found = {name if "." in name else f"{Section.INFO}.{name}": folder for name, folder in said.items()}
    for name in found:
        if name not in wanted:
            known = " or ".join(wanted) or "nothing"
            raise UsageError("INFORMATION_MISSING", f"cannot give {name[:64]}: the terms have you give {known}")
    for name, title in wanted.items():
        if name not in found:
            why = f"the terms have you give {title}; name its files by --give {name.partition('.')[2]}=DIRECTORY"
            raise UsageError("INFORMATION_MISSING", f"cannot begin the deal: {why}")
    return found


def sealed(home: Home, folders: Mapping[str, Path], progress: Progress | None = None) -> dict[str, Goods]:
    """Encrypt each folder as an edition of this home; return what the hello says of it, by item."""
    found = {}
    for item, folder in folders.items():
        edition = offers.seal(home, folder, progress)
        found[item] = Goods((Part(item.partition(".")[2], edition.root, edition.ck_hash),))
    return found


def place_of(home: Home, part: Part) -> Path:
    """Return the folder with the encrypted files of a part that this home sealed. Raises UsageError."""
    return home.public / "editions" / sha256(offers.content_key(home, part.root)).hexdigest()[:32]


def opened(
    home: Home, client: Client, live: LiveDeal, source: str, target: Path | None, progress: Progress | None = None
) -> Path:
    """Decrypt the encrypted files at `source`, a folder or an address, with the keys that the deal brought.

    Returns the folder of the files: `target`, or one below goods/ of the home. Raises UsageError INFORMATION_MISSING
    (nothing of this deal, or its key is not here), PeerDeviated CONTENT_CORRUPT, CONTENT_FALSE.
    """
    remote = source.startswith(("http://", "https://"))
    edition = Edition.decode(client.get(f"{source}/{EDITION_FILE}", MOST_EDITION)) if remote else _local(Path(source))
    key, name = _key(home, live, edition), _name(live, edition)
    place = target or home.path / "goods" / live.id.hex()[:16] / name
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        if remote:
            fetch(client, source, edition, key, place, progress)
        else:
            read, hashes = read_from(Path(source), edition)
            open_edition(edition, read, key, place, segment_hashes=hashes, progress=progress)
    except PeerDeviated as error:
        if error.code != "CONTENT_FALSE":
            raise
        # the deal fixes the encrypted bytes and the key; who brought the files may have changed what describes them
        message = f"cannot open {source}: its description does not fit its content; get it from the other side again"
        raise PeerDeviated("CONTENT_CORRUPT", message) from None
    return place


def _informed(terms: Terms) -> Iterator[ItemName]:
    for step in terms.steps:
        for giver, _, item in step.gifts if isinstance(step, Exchange) else ():
            if item.family is Section.INFO and terms.kind_of(giver) == BUYER:
                yield item


def _name(live: LiveDeal, edition: Edition) -> str:
    """Return what the terms call the information that the other side promised, and that this is the edition of."""
    for spec in live.business.plan.automaton.specs.values():
        for item in spec.gets if spec.form == "exchange" else ():
            parts = their_goods(live.business, item).parts if item.family is Section.INFO else ()
            if (edition.root, edition.ck_hash) in [(part.root, part.key_hash) for part in parts]:
                return item.name
    message = "cannot open the files: they are nothing that the other side promised in this deal"
    raise UsageError("INFORMATION_MISSING", message)


def _key(home: Home, live: LiveDeal, edition: Edition) -> bytes:
    """Return the edition's content key, if the deal brought it."""
    key = bought_keys.key_of(home.archive, live.id, edition.ck_hash)
    if key is not None:
        return key
    message = "cannot open the files: the deal brought no key to them; `semper deal show` says how it stands"
    raise UsageError("INFORMATION_MISSING", message)


def _local(folder: Path) -> Edition:
    try:
        return read_edition(folder)
    except OSError as error:
        message = f"cannot open {folder}: it is no folder of encrypted files: {error.strerror}"
        raise UsageError("INFORMATION_MISSING", message) from None
