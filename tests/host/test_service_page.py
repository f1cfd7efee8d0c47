"""The page of a service's keys: signed anew when what it says changes, whoever asks at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from semper_host.admission.service_keys import open_service_keys
from semper_host.host import trusting
from semper_host.host.service_page import RENEWED_AFTER, KeysPage
from tests.host.marketplace import Marketplace, now


def test_nobody_gets_an_old_statement_while_a_new_one_is_signed(market: Marketplace) -> None:
    home = market.home("trustee")
    roots = trusting.load(home.trust).roots
    said = [b"old"]
    page = KeysPage(home, now, keyset=lambda: said[0])
    together = threading.Barrier(8)

    def ask() -> bytes:
        together.wait()
        return page()

    for round_ in range(10):
        said[0] = b"new %d" % round_
        with ThreadPoolExecutor(8) as pool:
            pages = [future.result() for future in [pool.submit(ask) for _ in range(8)]]
        assert {open_service_keys(each, "trustee", roots, now())[0].keyset for each in pages} == {said[0]}


def test_a_statement_is_signed_again_before_it_ages(market: Marketplace) -> None:
    at = [now()]
    page = KeysPage(market.home("trustee"), lambda: at[0])
    first = page()
    assert page() == first
    at[0] += RENEWED_AFTER
    assert page() != first
