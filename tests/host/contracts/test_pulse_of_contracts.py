"""The deadlines of contracts are kept whatever goes wrong with one of them, or once with all."""

from __future__ import annotations

import time

import pytest

from semper_host.host.contracts.convening import Convener
from semper_host.host.contracts.records import Records
from semper_host.host.contracts.working import Worker
from tests.host.contracts.notary import WAITS, Notary


def test_a_fault_of_ours_in_one_contract_or_in_the_list_ends_no_keeping_of_deadlines(
    notary: Notary, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, faults = notary.promised(), ["work", "rows"]
    work, rows = Worker.work, Records.rows

    def failing_work(self: Worker, of: bytes) -> None:
        if "work" in faults:
            faults.remove("work")
            raise OverflowError
        work(self, of)

    def failing_rows(self: Records) -> object:
        if "work" not in faults and "rows" in faults:
            faults.remove("rows")
            raise RuntimeError
        return rows(self)

    monkeypatch.setattr(Worker, "work", failing_work)
    monkeypatch.setattr(Records, "rows", failing_rows)
    notary.late()
    convener = Convener(notary.host, notary.line, notary.clock, WAITS)
    convener.start()
    try:
        deadline = time.monotonic() + 15
        while notary.outcomes(number, ("host",)) != {"done"}:
            assert time.monotonic() < deadline, f"the deadline is not kept; still to fail: {faults}"
            time.sleep(0.05)
    finally:
        convener.stop()
    assert not faults
