"""The line out of a home: its HTTP client, through the proxy that its configuration names and never around it."""

from __future__ import annotations

from semper_host.host.home import Config, Home
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.proxy import read_proxy


def line_of(home: Home, *, connect_seconds: int = 5, read_seconds: int = 30, whole_seconds: int = 120) -> Client:
    """Return the client that everything leaving `home` goes through. Raises UsageError CONFIG_INVALID."""
    return Client(connect_seconds, read_seconds, whole_seconds, proxy=read_proxy(home.config.proxy))


def closed_line(config: Config) -> Client:
    """Return the same of a home whose keys stay closed. Raises UsageError CONFIG_INVALID."""
    return Client(proxy=read_proxy(config.proxy))
