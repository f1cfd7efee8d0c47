"""The repository that a home keeps, and how it and its witness call out: through the home's proxy, never around it."""

from __future__ import annotations

from pathlib import Path

from semper_host.host.home import Config, Home
from semper_host.model.errors import UsageError
from semper_host.supporting.communication.proxy import FAULTS, read_proxy
from service_repo.fetch import Through
from service_repo.publish import Repository

REPOSITORY = "repository"
"""The directory of a repository's home that holds what is published."""


def own(home: Home) -> Repository:
    """Return this home's repository. Raises UsageError USAGE_INVALID, HOME_MISSING, CONFIG_INVALID."""
    return Repository.open(directory_of(home), through=through(home.config))


def directory_of(home: Home) -> Path:
    """Return where this home's repository lies. Raises UsageError USAGE_INVALID."""
    if home.config.role != "repository":
        raise UsageError("USAGE_INVALID", f"cannot use this home as a repository: it is a {home.config.role}'s")
    return home.path / REPOSITORY


def through(config: Config) -> Through | None:
    """Return the proxy of a home for one thing that it does, on connections of its own. Raises UsageError."""
    proxy = read_proxy(config.proxy)
    return None if proxy is None else Through(proxy.isolated().url, FAULTS)
