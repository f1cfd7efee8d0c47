"""A process that publishes what one writer of test_writers has: python -m … FOLDER DATABASE WRITER."""

from __future__ import annotations

import sys
from pathlib import Path

from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.durable_file import Folder
from service_repo.identity import load
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository
from tests.service_repo.conftest import NAMES, Clock
from tests.service_repo.log.test_writers import bundles_of

if __name__ == "__main__":
    folder, writer = Path(sys.argv[1]), int(sys.argv[3])
    directory = folder / "repository"
    watched = {"log.example/test": WatchedLog(load(directory).keys.log.public, Folder(directory))}
    keys = [SigningKey.from_seed(bytes([number]) * 32) for number in range(1, len(NAMES) + 1)]
    witnesses = [
        Witness(name, key, folder / name, watched, Clock()) for name, key in zip(NAMES, keys, strict=True)
    ]
    repository = Repository.open(directory, witnesses=witnesses, clock=Clock())
    for made in bundles_of(writer):
        repository.publish(made.archive, made.release, made.evaluations)
    repository.close()
