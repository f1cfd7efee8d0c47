"""Versions sort as semver.org §11 says."""

from __future__ import annotations

from itertools import pairwise

import pytest

from semper_host.admission.versions import is_version, order


def test_versions_sort_by_number_and_pre_releases_come_first() -> None:
    ascending = [
        "0.9.9",
        "1.0.0-1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
    ]
    ascending += ["1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"]
    assert all(order(one) < order(other) for one, other in pairwise(ascending))


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+b", "1.0.0\n", "１.0.0"]
)
def test_what_is_no_version_has_no_order(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(ValueError, match="version"):
        order(text)
