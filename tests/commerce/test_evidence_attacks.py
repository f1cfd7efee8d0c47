"""What an exporter might do to its own evidence before it seals it; each is found, and where."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from semper_host.admission.pack import Pack
from semper_host.commerce.dispatch import BANK_ROLE, TRUSTEE_ROLE, Dispatch, sign_dispatch
from semper_host.commerce.evidence_file import EvidenceFile, read, verify
from semper_host.host.business import deal_keys
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError
from semper_host.model.holds import CAPTURED, Settlement
from semper_host.model.outcome import Dissatisfied, Satisfied
from semper_host.supporting.archive.evidence import Exhibit
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.commerce.evidence_scenes import Scene
from tests.commerce.evidence_services import Keys
from tests.commerce.evidence_world import chained

STRANGER = SigningKey.from_seed(b"z" * 32)


@pytest.fixture
def file(scenes: Any) -> EvidenceFile:
    """What the buyer's evidence of the sale holds."""
    return read(scenes.sold.exported["buyer"])[0]


def refuses(
    scenes: Any, *words: str, key: SigningKey | None = None, scene: Scene | None = None, **changes: Any
) -> None:
    """Expect a refusal of the buyer's file with `changes`, sealed anew by the buyer (or `key`)."""
    sold = scene or scenes.sold
    data = scenes.fair.resealed(sold.exported["buyer"], sold.buyer, key=key, **changes)
    with pytest.raises(PeerDeviated) as caught:
        scenes.fair.verify(data)
    assert caught.value.code == "EVIDENCE_INVALID"
    for word in (*words, "(bytes "):
        assert word in caught.value.message, caught.value.message


def with_message(exhibits: tuple[Exhibit, ...], at: int, message: bytes) -> tuple[Exhibit, ...]:
    """Return exhibits with one message changed and all links made anew."""
    changed = list(exhibits)
    changed[at] = Exhibit(changed[at].evidence, message, changed[at].salt)
    return chained(changed)


def index_of(file: EvidenceFile, role: str, step: str, nth: int = 0) -> int:
    places = [at for at, each in enumerate(file.exhibits) if (each.evidence.role, each.evidence.step) == (role, step)]
    return places[nth]


def test_resealing_unchanged_contents_changes_nothing(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    assert scenes.fair.resealed(data, scenes.sold.buyer) == data


def test_nobody_else_can_seal_it(scenes: Any) -> None:
    refuses(scenes, "the seal", "another key than the buyer's", key=STRANGER)


def test_the_peer_cannot_seal_it_either(scenes: Any) -> None:
    seller = scenes.sold.seller
    key = deal_keys(seller.home, seller.deal.business.beginning.counter).signing
    refuses(scenes, "the seal", "another key than the buyer's", key=key)


def test_one_side_cannot_pass_for_the_other(scenes: Any) -> None:
    refuses(scenes, "the seal", "another key than the seller's", side="seller")


def test_no_third_side_exports(scenes: Any) -> None:
    refuses(scenes, "neither buyer nor seller", side="trustee")


def test_evidence_from_the_future_is_refused(scenes: Any, file: EvidenceFile) -> None:
    refuses(scenes, "the seal", "in the future", at=file.at + 86_400)


def test_the_beginning_cannot_be_moved_in_time(scenes: Any, file: EvidenceFile) -> None:
    refuses(scenes, "the hello", "clocks", at=file.at - 400)


@pytest.mark.parametrize("name", ["offer", "hello", "agreement"])
def test_a_beginning_cannot_be_taken_from_another_deal(scenes: Any, name: str) -> None:
    other = read(scenes.other.exported["buyer"])[0]
    refuses(scenes, "at the ", **{name: getattr(other, name)})


def test_all_beginnings_of_another_deal_leave_the_exhibits_alone(scenes: Any) -> None:
    """With a whole foreign beginning, even the deal key is another one."""
    other = read(scenes.other.exported["buyer"])[0]
    refuses(scenes, "the seal", offer=other.offer, hello=other.hello, agreement=other.agreement, at=other.at)


def test_the_exhibits_of_another_deal_prove_nothing(scenes: Any) -> None:
    other = read(scenes.other.exported["buyer"])[0]
    refuses(scenes, "exhibit 1", "another deal", exhibits=other.exhibits)


def test_messages_of_another_deal_are_found_also_in_a_chain_made_anew(scenes: Any, file: EvidenceFile) -> None:
    other = read(scenes.other.exported["buyer"])[0]
    for at in range(2, len(file.exhibits)):
        message = other.exhibits[at].message
        assert message is not None
        refuses(scenes, f"exhibit {at + 1} (", exhibits=with_message(file.exhibits, at, message))


def test_the_terms_cannot_be_exchanged(scenes: Any, file: EvidenceFile) -> None:
    archive = file.pack.archive
    refuses(scenes, "the archive", pack=msgspec.structs.replace(file.pack, archive=archive[:-1]))
    refuses(scenes, "the release", pack=msgspec.structs.replace(file.pack, release=file.pack.evaluations[0]))


def test_terms_that_nobody_vouched_for_are_told_from_changed_ones(scenes: Any, file: EvidenceFile) -> None:
    data = scenes.fair.resealed(
        scenes.sold.exported["buyer"], scenes.sold.buyer, pack=Pack(file.pack.archive, file.pack.release, ())
    )
    with pytest.raises(AdmissionRefused) as caught:
        scenes.fair.verify(data)
    assert caught.value.code == "EVAL_MISSING"
    assert "the archive (bytes " in caught.value.message


def test_without_the_roots_nothing_is_believed(scenes: Any) -> None:
    fair, data = scenes.fair, scenes.sold.exported["buyer"]
    with pytest.raises(AdmissionRefused) as caught:
        verify(data, fair.trust.policy, (), fair.clock())
    assert caught.value.code == "CHAIN_UNTRUSTED"
    assert "the offer (bytes " in caught.value.message


def test_a_root_that_may_not_certify_merchants_is_no_root(scenes: Any) -> None:
    fair = scenes.fair
    evaluators = tuple(root for root in fair.trust.roots if root.name == "Evaluators")
    with pytest.raises(AdmissionRefused) as caught:
        verify(scenes.sold.exported["buyer"], fair.trust.policy, evaluators, fair.clock())
    assert caught.value.code == "CHAIN_UNTRUSTED"


def test_evidence_outlives_its_certificates(scenes: Any) -> None:
    fair = scenes.fair
    years = 20 * 365 * 86_400
    verified = verify(scenes.sold.exported["buyer"], fair.trust.policy, fair.trust.roots, fair.clock() + years)
    assert verified.outcome == Satisfied("sold")


def test_exhibits_cannot_change_places(scenes: Any, file: EvidenceFile) -> None:
    swapped = list(file.exhibits)
    swapped[3], swapped[4] = swapped[4], swapped[3]
    refuses(scenes, "exhibit 4", exhibits=tuple(swapped))
    refuses(scenes, "exhibit 4 (", exhibits=chained(swapped))


def test_every_pair_of_neighbours_keeps_its_order(scenes: Any, file: EvidenceFile) -> None:
    """Also where the exporter makes all links anew; only what third parties signed last may stand in any order."""
    for at in range(1, len(file.exhibits) - 2):
        swapped = list(file.exhibits)
        swapped[at], swapped[at + 1] = swapped[at + 1], swapped[at]
        refuses(scenes, "exhibit ", exhibits=chained(swapped))


def test_no_exhibit_can_be_left_out_before_the_last_of_its_own(scenes: Any, file: EvidenceFile) -> None:
    last = index_of(file, "buyer", "pay", -1)
    for at in range(last):
        left = [each for number, each in enumerate(file.exhibits) if number != at]
        refuses(scenes, "", exhibits=tuple(left))
        refuses(scenes, "", exhibits=chained(left))


def test_a_dropped_last_exhibit_breaks_the_seal(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    with pytest.raises(PeerDeviated) as caught:
        scenes.fair.verify(data[: data.rindex(b"\x59")])
    assert "exhibit" in caught.value.message


def test_an_exporter_that_stops_earlier_proves_less(scenes: Any, file: EvidenceFile) -> None:
    """Nobody can show that more was recorded, but what is left does not say that the money was collected."""
    captured = index_of(file, "seller", "pay", 2)
    data = scenes.fair.resealed(
        scenes.sold.exported["buyer"], scenes.sold.buyer, exhibits=file.exhibits[:captured]
    )
    verified = scenes.fair.verify(data)
    assert verified.outcome == Dissatisfied("sold", "the record does not show that the held money was collected")
    assert verified.steps[1].money == "held"
    fewer = scenes.fair.resealed(scenes.sold.exported["buyer"], scenes.sold.buyer, exhibits=file.exhibits[:8])
    assert scenes.fair.verify(fewer).outcome == Dissatisfied("", "the record does not show how step pay ended")


def test_an_exhibit_cannot_stand_twice_in_the_exporters_own_chain(scenes: Any, file: EvidenceFile) -> None:
    at = index_of(file, "buyer", "agree", 0)
    refuses(scenes, f"exhibit {at + 2} (", exhibits=chained([*file.exhibits[: at + 1], *file.exhibits[at:]]))


@pytest.mark.parametrize("role", ["mint", "", "arbiter", "x" * 100, "\x1b[2J"])
def test_nobody_else_has_a_part_in_the_record(scenes: Any, file: EvidenceFile, role: str) -> None:
    last = file.exhibits[-1]
    strange = Exhibit(msgspec.structs.replace(last.evidence, role=role), last.message, last.salt)
    refuses(scenes, "has no part in the deal", exhibits=chained([*file.exhibits, strange]))


def captured_by(scenes: Any, key: SigningKey, **changes: Any) -> bytes:
    """Return a CAPTURED for the purchase, as `key` signs it."""
    label = next(past.label for past in scenes.sold.buyer.deal.state.past if past.name == "pay")
    signed = scenes.fair.bank.ended[label].data
    ended = Settlement.decode(cose.open1(signed, CAPTURED, scenes.fair.bank.keys.signing.public))
    return cose.sign1(encode(msgspec.structs.replace(ended, **changes)), CAPTURED, key)


def test_captured_must_be_signed_by_the_bank_that_the_offer_names(scenes: Any, file: EvidenceFile) -> None:
    at = index_of(file, BANK_ROLE, "pay")
    forged = captured_by(scenes, Keys.of("another bank").signing)
    refuses(scenes, f"exhibit {at + 1} (bank, pay)", exhibits=with_message(file.exhibits, at, forged))


@pytest.mark.parametrize("changes", [{"label": b"l" * 32}, {"payee": "customer:me"}, {"hold": b"h" * 16}])
def test_captured_must_be_for_this_hold(scenes: Any, file: EvidenceFile, changes: dict[str, Any]) -> None:
    at = index_of(file, BANK_ROLE, "pay")
    forged = captured_by(scenes, scenes.fair.bank.keys.signing, **changes)
    refuses(scenes, f"exhibit {at + 1} (bank, pay)", exhibits=with_message(file.exhibits, at, forged))


def test_a_record_of_the_bank_must_be_of_the_step_it_stands_in(scenes: Any, file: EvidenceFile) -> None:
    at = index_of(file, BANK_ROLE, "pay")
    moved = list(file.exhibits)
    moved[at] = Exhibit(msgspec.structs.replace(moved[at].evidence, step="agree"), moved[at].message, moved[at].salt)
    refuses(scenes, f"exhibit {at + 1} (bank, agree)", exhibits=chained(moved))


def test_nobody_but_the_trustee_decides(scenes: Any) -> None:
    file = read(scenes.resolved.exported["buyer"])[0]
    at = index_of(file, TRUSTEE_ROLE, "pay")
    forged = bytearray(file.exhibits[at].message or b"")
    forged[len(forged) // 2] ^= 1
    changed = with_message(file.exhibits, at, bytes(forged))
    refuses(scenes, f"exhibit {at + 1} (trustee, pay)", scene=scenes.resolved, exhibits=changed)


def test_a_link_cannot_name_another_exchange(scenes: Any, file: EvidenceFile) -> None:
    at = index_of(file, BANK_ROLE, "pay")
    moved = list(file.exhibits)
    moved[at] = Exhibit(msgspec.structs.replace(moved[at].evidence, label=b"l" * 32), moved[at].message, moved[at].salt)
    refuses(scenes, f"exhibit {at + 1} (bank, pay)", "another exchange", exhibits=chained(moved))


def test_the_exporter_cannot_sign_its_own_messages_anew(scenes: Any, file: EvidenceFile) -> None:
    """It holds the key, but the peer's messages name the record that they saw."""
    buyer = scenes.sold.buyer
    sign = buyer.deal.business.plan.crypto.sign
    at = index_of(file, "buyer", "agree", 0)
    dispatch = Dispatch.decode(
        cose.open1(file.exhibits[at].message or b"", "deal.dispatch", buyer.deal.business.plan.me.signing)
    )
    anew = sign_dispatch(sign, msgspec.structs.replace(dispatch, seen=b""))
    refuses(scenes, f"exhibit {at + 1} (buyer, agree)", exhibits=with_message(file.exhibits, at, anew))
    cut = [*file.exhibits[:at], *file.exhibits[at + 1 :]]
    refuses(scenes, f"exhibit {at + 1} (", exhibits=chained(cut))


@pytest.mark.parametrize("name", ["sold", "resolved", "false"])
def test_whatever_an_exporter_changes_and_seals_anew_is_refused_in_order(scenes: Any, name: str) -> None:
    """Random bytes of random parts: always a refusal that names a place, or what the file proves anyway."""
    scene, chance = getattr(scenes, name), random.Random(name)
    file = read(scene.exported["buyer"])[0]
    for _ in range(50):
        at = chance.randrange(2, len(file.exhibits))
        message = bytearray(file.exhibits[at].message or b"")
        for _ in range(chance.choice((1, 1, 2, 8))):
            message[chance.randrange(len(message))] = chance.randrange(256)
        if bytes(message) == file.exhibits[at].message:
            continue
        changed = with_message(file.exhibits, at, bytes(message))
        refuses(scenes, f"exhibit {at + 1} (", scene=scene, exhibits=changed)


@pytest.mark.parametrize("name", ["offer", "hello", "agreement"])
def test_a_changed_beginning_is_refused_in_order(scenes: Any, file: EvidenceFile, name: str) -> None:
    chance, data = random.Random(name), getattr(file, name)
    for _ in range(30):
        changed = bytearray(data)
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        sealed = scenes.fair.resealed(scenes.sold.exported["buyer"], scenes.sold.buyer, **{name: bytes(changed)})
        with pytest.raises(SemperError, match=r"\(bytes \d+ to \d+\)"):
            scenes.fair.verify(sealed)


def test_a_broken_salt_is_found(scenes: Any, file: EvidenceFile) -> None:
    broken = list(file.exhibits)
    broken[5] = Exhibit(broken[5].evidence, broken[5].message, b"s" * 16)
    refuses(scenes, "exhibit 6", "its message was changed", exhibits=tuple(broken))


def test_the_record_begins_with_hello_and_agreement(scenes: Any, file: EvidenceFile) -> None:
    refuses(scenes, "the hello is not in the record", exhibits=())
    refuses(scenes, "the agreement is not in the record", exhibits=file.exhibits[:1])
    refuses(scenes, "exhibit 1", exhibits=with_message(file.exhibits, 0, b"hello"))
