"""What the top level of the command line was told; imports nothing that takes time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The home to act in, and the file with its passphrase, as far as they were given."""

    directory: Path | None
    passphrase_file: Path | None

    @property
    def path(self) -> Path:
        """The home's directory."""
        from semper_host.host import home

        return self.directory or home.default_path()
