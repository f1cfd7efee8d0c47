"""After attacks of each kind on one buyer, the same buyer buys from the same merchant through the same repository."""

from __future__ import annotations

from semper_host.api_v1 import Order
from semper_host.host.home import Home
from tests.attacks_on_terms.conftest import Victim
from tests.attacks_on_terms.hostile_server import content, dripping, redirecting
from tests.attacks_on_terms.malicious import CHECKPOINT, HEAD, Malicious, stapled
from tests.host.street import PRICE, Street, offer


def test_whole_purchase_works_after_attacks_and_moves_the_price_once(
    victim: Victim, malicious: Malicious, street: Street, shop: Home
) -> None:
    terms = malicious.terms()
    pack = malicious.publish(terms)
    victim.offered[terms.digest] = offer(street, "honest", pack=pack)
    assert shop is street.merchant
    before = street.money()
    bare = stapled(pack, anchor=(), status=b"")  # so that the head has to be asked for
    for bend in (redirecting, dripping, content(b"\x00")):
        victim.server.bent[HEAD] = bend
        assert victim.refresh().refusals
        with victim.refuses():
            victim.consider(bare)
    victim.server.bent = {CHECKPOINT: content(malicious.note(root=bytes(32), witnesses=()))}
    with victim.refuses():
        victim.consider(stapled(pack, head=terms.evaluations[0]))
    victim.server.bent.clear()
    assert victim.refresh().refusals == []
    considered = victim.consider(malicious.renewed(terms))
    victim.buyer.review(considered)
    live = victim.buyer.agree(considered, Order([]))
    street.run(live)
    street.quiet()
    assert street.sold(live)
    after = street.money()
    assert (before["buyer"] - after["buyer"], after["merchant"] - before["merchant"]) == (PRICE.minor, PRICE.minor)
    assert after["held"] == 0
