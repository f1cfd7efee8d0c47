"""How items of each form are handed over in a composed exchange: one file a form, all in one table."""

from __future__ import annotations

from semper_host.exchange.legs import access, document, held, information, presentation
from semper_host.exchange.legs.leg import Leg

LEGS: dict[str, Leg] = {each.LEG.form: each.LEG for each in (held, document, information, access, presentation)}
"""Every form by the name that a label's items give it."""
