"""A bank that moves money about and spends keys until it is killed; it says each key after the commit."""

from __future__ import annotations

import os
import random
import sys
import threading

from semper_host.model.money import Money
from semper_host.model.requests import Entry, Post
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.ledger.ledger import Ledger


def main(place: str) -> None:
    store = open_store(place)
    ledger = Ledger(store)
    accounts = ["bank:vault", "mint:outstanding", *(f"customer:{n}" for n in range(5))]

    def posted(post: Post) -> bool:
        return store.commit(lambda tx: ledger.post(tx, post)).done

    def run() -> None:
        while True:
            giver, taker = random.sample(accounts, 2)
            minor = random.randrange(1, 500)
            key = os.urandom(8)
            entries = [Entry(giver, Money(-minor, "EUR")), Entry(taker, Money(minor, "EUR"))]
            post = Post(key, entries, [b"coin" + key], b"hold" + key, "", "held", b"detail" + key)
            if posted(post):
                os.write(1, f"{key.hex()}\n".encode())  # one write: lines of several threads stay whole

    for _ in range(4):
        threading.Thread(target=run).start()


if __name__ == "__main__":
    main(sys.argv[1])
