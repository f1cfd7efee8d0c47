"""A service in a process of its own."""

from __future__ import annotations

import sys
import time

from semper_host.supporting.communication.runner import serve
from semper_host.supporting.communication.server import Service, application


def slow(body: bytes) -> bytes:
    time.sleep(0.2)
    return body


if __name__ == "__main__":
    try:
        serve(application(Service(handlers={"/slow": slow})), port=int(sys.argv[1]))
        print("stopped", flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)
