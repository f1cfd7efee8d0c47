"""A host that dies in the middle of a call: opens the archive at argv[1], and leaves at once when asked for step 2."""

from __future__ import annotations

import os
import sys
from typing import Any

from semper_host.host.sandbox import Sandbox
from semper_host.supporting.archive.archive import Archive
from tests.host.journeys import CALL, DEAL, JOURNEY, KEY, amount, grants


def main() -> None:
    """Answer two requests, then die as by a power cut."""
    asked = 0

    def answer(request: Any) -> Any:
        nonlocal asked
        if asked == 2:
            os._exit(9)
        asked += 1
        return bytes([asked]) * getattr(request, "count", 0)

    sandbox = Sandbox(Archive.open(sys.argv[1], KEY))
    sandbox.run(JOURNEY, grants(), "payer.withdraw", (amount(), []), answer, call=CALL, deal=DEAL)


if __name__ == "__main__":
    main()
