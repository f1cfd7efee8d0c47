"""What host and fork server say to each other; frames.py is what host and worker say."""

from __future__ import annotations

import struct

ORDER = struct.Struct("<III")
"""What the host sends for one worker: cpu seconds, MiB, and what to run (0: bundles; n: the n-th probe).

Its channel and its leash come along as descriptors."""
ENDED = struct.Struct("<i")
"""What the server says on the leash: the wait status of the worker, or NOT_FORKED."""
NOT_FORKED = -1
HELLO = b"ready"
"""What the server says once it can fork workers."""
