"""The demo's repository: a log that two witnesses watch, and an anchor by which everybody trusts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from semper_host.cli.demo.parties import Party, at_once, free_port
from semper_host.cli.demo.story import Story


def begin(story: Story, repository: Party, witnesses: Sequence[Party]) -> str:
    """Make the log and its anchor, and set repository and witnesses to work; return the anchor's fingerprint."""
    story.chapter(
        "A log that nobody can rewrite",
        "Whatever is published enters the repository's log; both authorities, as its witnesses, cosign only what",
        "continues all that they saw before. So terms cannot be shown differently to different buyers.",
    )
    with story.waiting("making the log"):
        names = at_once([_named(party) for party in witnesses])
        told = repository.run("repo", "init", *(word for name in names for word in ("--witness", name))).stdout
        origin, key = told.partition("Its log is ")[2].partition(".\n")[0].split(", key ")
        fingerprint = told.partition("SHA-256  ")[2].split()[0]
        log = f"{origin} {key} {repository.url}"
        watching = [_watching(party, name, log) for party, name in zip(witnesses, names, strict=True)]
        at_once([*watching, repository.up])
    story.fact("log", origin)
    story.fact("witnesses", f"{' and '.join(party.name for party in witnesses)}; both must cosign")
    story.fact("anchor", f"root key off-line, SHA-256 {fingerprint[:32]}…")
    return fingerprint


def _named(party: Party) -> Callable[[], str]:
    """Have a party make its witness's key; return it as `semper repo init --witness` takes it."""

    def name() -> str:
        said = party.run("repo", "witness", "--name", party.home.name).stdout
        return f"{party.home.name} {said.split(', key ')[1].split()[0]} http://127.0.0.1:{free_port()}"

    return name


def _watching(party: Party, name: str, log: str) -> Callable[[], None]:
    """Start a witness that cosigns the log."""
    words = ("repo", "witness", "--name", party.home.name, "--watch", log, "--listen", name.rpartition("http://")[2])
    return lambda: party.serve(*words)
