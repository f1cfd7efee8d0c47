"""The SEMPER host: secure commerce between strangers (see docs/explanation/architecture.md)."""

__version__ = "0.1.0"
