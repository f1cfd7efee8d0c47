"""`semper demo`: the marketplace in one command, for real, in separate processes."""

from semper_host.cli.demo.command import demo

__all__ = ["demo"]
