"""The authors' tutorial does what it says: every command of it is run, in order, with real processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.docs.walkthrough import Shell, difference, read_page

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-bundle.md"


def test_the_authors_tutorial_does_what_it_says(tmp_path: Path) -> None:
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
    }
    page = read_page(TUTORIAL)
    assert len(page.commands) > 20
    with Shell(tmp_path, environment) as shell:
        for command in page.commands:
            came, code = shell.run(command.text)
            refused = any(line.startswith("cannot ") for line in command.shown)
            said = "\n".join(came)
            assert code == int(refused), f"$ {command.text}\nexit code {code}\n{said}"
            wrong = difference(command.shown, came)
            assert not wrong, f"$ {command.text}\n{wrong}\n--- all of it\n{said}"
