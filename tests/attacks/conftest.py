"""What the attacks need: a bank, a trustee and a purse on loopback, and a mint with its purses in memory."""

from __future__ import annotations

from tests.host.conftest import authorities, banked, court, market, market_mint, packs, zygote
from tests.plugins.conftest import make_payer, mint_keys, plain_run, world

__all__ = [
    "authorities", "banked", "court", "make_payer", "market", "market_mint", "mint_keys", "packs", "plain_run",
    "world", "zygote",
]  # fmt: skip
