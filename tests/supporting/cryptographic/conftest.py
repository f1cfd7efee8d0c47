"""What the tests of this folder share."""

from __future__ import annotations

import pytest

from tests.supporting.cryptographic.scheme import Scheme, make_scheme


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    return make_scheme()
