"""How business ends: values, not exceptions."""

from __future__ import annotations

from semper_host.model.encoding import Record


class Satisfied(Record, frozen=True):
    """The deal ended as the terms promise; `end` names the terms' end."""

    end: str


class Dissatisfied(Record, frozen=True):
    """The deal ended without its purpose; nothing was lost. `end` names the terms' end, `why` is for people."""

    end: str
    why: str


Outcome = Satisfied | Dissatisfied
