"""What an operator changes while the repository serves: its witnesses, and whose evaluations it takes."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from semper_host.admission.log_evidence import read_staple, verify_checkpoint, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity, issue_root
from service_repo import identity, layout
from service_repo.durable_file import Folder
from service_repo.identity import Settings, private_folder
from service_repo.log.cosigning import Cosigner
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository
from service_repo.writing import tick
from tests.service_repo.conftest import NOW, Published, World, refused, series

FOUR = SigningKey.from_seed(b"4" * 32)


def test_a_repository_that_serves_takes_in_other_witnesses(world: World) -> None:
    repository, [first, second] = world.repository, series(2)
    repository.publish(first.archive, first.release)
    assert not repository.reread()
    named = identity.Witness("four.example", FOUR.public.hex(), "http://127.0.0.1:1")
    identity.save(repository.directory, Settings(repository.policy.origin, (named,), 1))
    watched = {repository.policy.origin: WatchedLog(repository.policy.key, Folder(repository.directory))}
    four = Witness("four.example", FOUR, repository.directory.with_name("four"), watched, world.clock)
    repository._given = [four]  # instead of asking it over HTTP
    tick(repository)
    assert [each.name for each in repository.policy.witnesses] == ["four.example"]
    assert verify_checkpoint(repository.folder.read(layout.CHECKPOINT) or b"", repository.policy).checkpoint.size
    repository.publish(second.archive, second.release)
    for each in (first, second):
        pack = read_pack(repository.folder.read(layout.pack_path(each.digest)) or b"")
        assert verify_staple(read_staple(pack.staple), repository.policy).statements
    four.close()


def test_settings_that_need_another_start_are_not_taken_in(world: World) -> None:
    repository, before = world.repository, world.repository.policy
    settings = repository.identity.settings
    identity.save(repository.directory, Settings("other.example/log", settings.witnesses, settings.quorum))
    assert "start again" in refused("CONFIG_INVALID", repository.reread)
    tick(repository)
    assert repository.policy == before and isinstance(repository.sequencer.cosigner, Cosigner)


def enrolled(directory: Path) -> None:
    """Enrol the authority whose evaluator the bundles of these tests are evaluated by."""
    root = issue_root("Root", P256Key.from_seed(b"r" * 32), [Purpose.EVALUATE], Validity(NOW - 60, NOW + 60))
    folder = private_folder(directory) / "authorities"
    folder.mkdir()
    pem = x509.load_der_x509_certificate(root.chain[0]).public_bytes(Encoding.PEM)
    (folder / "root.crt").write_bytes(pem)


def test_a_stranger_adds_evaluations_only_where_authorities_are_enrolled(
    repository: Repository, bundle: Published
) -> None:
    one, other = bundle.evaluations
    repository.publish(bundle.archive, bundle.release, [one], stranger=True)  # with the release itself, its publisher
    repository.publish(bundle.archive, bundle.release, [one], stranger=True)  # again: nothing changes
    told = refused("EVAL_INVALID", repository.publish, bundle.archive, bundle.release, [other], stranger=True)
    assert "enrolled no authority" in told and "authorities/" in told
    refused("EVAL_INVALID", repository.say, other, stranger=True)
    enrolled(repository.directory)
    assert repository.reread()
    repository.say(other, stranger=True)
    entry = repository.entry("semper/items", "1.0.0")
    assert entry is not None and len(entry.evaluations) == 2


def test_the_operator_adds_evaluations_without_enrolling_anybody(repository: Repository, bundle: Published) -> None:
    repository.publish(bundle.archive, bundle.release)
    repository.say(bundle.evaluations[0])
    entry = repository.entry("semper/items", "1.0.0")
    assert entry is not None and len(entry.evaluations) == 1
