"""The scripted driver: answers from a file, for demonstrations and tests.

No person is asked, and every screen says so.
"""

from __future__ import annotations

from semper_scripted.scripted import ScriptedDriver

__all__ = ["ScriptedDriver"]
