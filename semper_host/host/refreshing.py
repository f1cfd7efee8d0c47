"""What `semper up` does beside its role: it keeps up with the repositories, and a merchant staples its packs anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from semper_host.host import hearing, staleness, standing, stapling, trusting
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.staleness import Heard
from semper_host.model.errors import SemperError, Unavailable

EVERY_SECONDS = 1200
"""How old a head becomes before the next one is asked for: much less than the strictest policy bears."""
RETRY_SECONDS = 60
"""How soon it is asked for again where that failed."""
AGAIN_SECONDS = 3600
"""How often a person is told again what did not change."""


class Refresher:
    """Refreshes the heads of one home; `trouble` says what went wrong last, "" if nothing did.

    A person is told (`tell` takes a line) when it begins to fail, when that changes, as what is known gets old, and
    when all is well again; what is left beside the keys says the same to `semper doctor` and `semper trust list`.
    """

    def __init__(
        self,
        home: Home,
        heads: Heads,
        clock: Callable[[], int] = lambda: int(time.time()),
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._home, self._heads, self._clock, self._tell = home, heads, clock, tell
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="semper-heads", daemon=True)
        self._since = 0
        self._told: tuple[str, int] = ("", 0)
        self.trouble = ""

    def start(self) -> None:
        """Refresh at once what is due, so that a role does not begin with stale evidence; then go on in a thread."""
        if self.due():
            self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """End it. May be called twice, and without a start."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def due(self) -> bool:
        """Say whether a repository that can be asked was heard of too long ago, or never."""
        policy = trusting.load(self._home.trust).policy
        heard = {known.repository: known.at for known in standing.standings(standing.rows(self._home, policy))}
        early = self._clock() - EVERY_SECONDS
        return any(heard.get(each.name, 0) <= early for each in policy.repositories if each.url)

    def refresh(self) -> bool:
        """Ask for the heads once, and staple anew what a merchant shows; return whether all went well."""
        well = False
        try:
            learnt = self._heads.refresh(self._clock())
            if self._home.config.role == "merchant":
                stapling.restaple(self._heads, self._clock())
            self.trouble = "; ".join(each.message for each in learnt.refusals)
            well = not any(isinstance(each, Unavailable) for each in learnt.refusals)
        except (SemperError, OSError) as error:
            self.trouble = str(error)
        except Exception as error:  # a fault of ours: told like any other trouble, and tried again
            self.trouble = f"cannot refresh: {type(error).__name__} inside the host"
        self._since = (self._since or self._clock()) if self.trouble else 0
        self._report()
        return well

    def _report(self) -> None:
        """Tell what changed, and leave it for those who ask later. Saying so must never end the refreshing."""
        now = self._clock()
        try:
            policy = trusting.load(self._home.trust).policy
            heard = hearing.heard_of(self._home, policy)
            left = Heard(asked=now, heard=heard, trouble=self.trouble, since=self._since)
            staleness.write(self._home.path, left)
            said = staleness.warnings(policy, heard, now)
        except (SemperError, OSError) as error:
            said = (str(error),)
        stage = (self.trouble, now // AGAIN_SECONDS if said else 0)
        if stage == self._told:
            return
        self._told = stage
        for line in said:
            self._tell(f"warning: {line}")
        if self.trouble:
            self._tell(f"warning: cannot refresh what is known of revocations, and tries again: {self.trouble}")
        elif not said:
            self._tell("what is known of revocations is fresh again")

    def _run(self) -> None:
        wait = EVERY_SECONDS // 4
        while not self._stopped.wait(wait):
            wait = EVERY_SECONDS // 4 if not self.due() or self.refresh() else RETRY_SECONDS
