"""Contract signing: the offered contract, the signed order, and both sides' confirmations (DESIGN §6).

    m1  the offered contract      m2  the order      m3, m4  nothing but the signatures
    the trustee can put its own signed word in place of the missing confirmations

Binding are: m1 to m4 together, or m1, m2 and the trustee's substitute. The trustee sees digests only.
"""

from __future__ import annotations

from semper_host.exchange.case import Case, Gains, Generated, Progress, Rules
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Attachments, Opened
from semper_host.model.errors import PeerDeviated

CONTRACT = 0
"""Where message 1 carries the offered contract: the document whose SHA-256 is the label's left digest."""
ORDER = 0
"""Where message 2 carries the order: the document whose SHA-256 is the label's right digest."""


def check_label(label: Label) -> None:
    """A contract exchanges two statements and holds no money."""
    if (label.left.family, label.right.family, label.holds) != ("statement", "statement", ()):
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the contract: its items are not two statements")


def check_offer(case: Case, m1: Opened) -> None:
    """Message 1 must carry exactly the contract that the label names."""
    if m1.digests != (case.label.left.digest,):
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the contract: it is not the one agreed on")


def check_m1(case: Case, m1: Opened) -> bytes:
    """Check message 1 as the responder; there is no secret."""
    check_offer(case, m1)
    return b""


def check_m2(case: Case, m2: Opened) -> bytes:
    """Message 2 must carry exactly the order that the label names; there is no hold."""
    if m2.digests != (case.label.right.digest,):
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the order: it is not the one agreed on")
    return b""


def confirm(case: Case, progress: Progress) -> Attachments:
    """Return the attachments of messages 3 and 4: none, their signatures say it all."""
    return ()


def check_confirmation(case: Case, progress: Progress, attachments: Attachments) -> Gains:
    """Messages 3 and 4 carry nothing; what is gained is the four messages together."""
    if attachments:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the confirmation: it carries something")
    return ()


def generate(case: Case, m1: Opened, m2: Opened) -> Generated:
    """The trustee's signature stands in for messages 3 and 4."""
    return Generated()


def claim(case: Case, progress: Progress, key: bytes) -> Gains:
    """A contract has no key to claim."""
    return ()


RULES = Rules(
    kind="contract",
    keyed=False,
    substitutes=True,
    shown1=frozenset(),
    shown2=frozenset(),
    check_label=check_label,
    check_offer=check_offer,
    check_m1=check_m1,
    check_m2=check_m2,
    make_m3=confirm,
    check_m3=check_confirmation,
    make_m4=confirm,
    check_m4=check_confirmation,
    generate=generate,
    claim=claim,
)
