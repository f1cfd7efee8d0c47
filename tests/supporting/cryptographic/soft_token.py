"""A token in a folder of its own: SoftHSM with its own configuration, for the process that is given `environment`."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

TOKEN, PIN, OFFICER = "semper", "648219", "99887766"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


class Presence(NamedTuple):
    """Whether SoftHSM and the library are there, and what is missing if not."""

    module: str
    missing: str

    @property
    def there(self) -> bool:
        return not self.missing


def _look() -> Presence:
    module = next(
        (each for each in (os.environ.get("SOFTHSM2_MODULE", ""), *MODULES) if each and Path(each).is_file()), ""
    )
    if not module or shutil.which("softhsm2-util") is None:
        return Presence(module, "SoftHSM is not installed: `make system-deps` as root installs it where apt is there")
    if importlib.util.find_spec("pkcs11") is None:
        return Presence(module, "python-pkcs11 is not installed: it is the extra pkcs11")
    return Presence(module, "")


soft_token = _look()


@dataclass(frozen=True)
class SoftToken:
    """One token, called TOKEN, with the PIN PIN."""

    folder: Path
    module: str
    environment: Mapping[str, str]

    @classmethod
    def make(cls, folder: Path) -> SoftToken:
        """Make a token whose files all lie in `folder`."""
        (folder / "tokens").mkdir()
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
        made = cls(folder, soft_token.module, {"SOFTHSM2_CONF": str(configuration)})
        made.run("softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", OFFICER, "--pin", PIN)
        return made

    def run(self, *command: str) -> str:
        """Run a program that sees this token only, and return what it prints."""
        environment = {**os.environ, **self.environment}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def ask(self, code: str) -> str:
        """Run Python with `session` logged in, `A` the attributes and `C` the object classes."""
        opening = (
            "import pkcs11; from pkcs11 import Attribute as A, ObjectClass as C\n"
            f"token = pkcs11.lib({self.module!r}).get_token(token_label={TOKEN!r})\n"
            f"session = token.open(user_pin={PIN!r})\n"
        )
        return self.run(sys.executable, "-c", opening + code)
