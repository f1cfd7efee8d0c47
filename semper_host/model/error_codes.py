"""The table of error codes: who is to blame, can trying again help, what to do.

Codes are stable: once released, a code keeps its meaning. docs/reference/errors.md is generated from here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Blame(StrEnum):
    """Who can act on an error, and so who is shown as its cause."""

    USER = "user"
    AUTHORITY = "authority"
    PUBLISHER = "publisher"
    BUNDLE = "bundle"
    PEER = "peer"
    REPOSITORY = "repository"
    HOST = "host"
    NETWORK = "network"


class Stage(StrEnum):
    """Where on a bundle's way it was refused; elsewhere in the host the stage is "other"."""

    ARCHIVE = "archive"
    MANIFEST = "manifest"
    SIGNATURE = "signature"
    CHAIN = "chain"
    RELEASE = "release"
    ANCHOR = "anchor"
    LOG = "log"
    REVOCATION = "revocation"
    EVALUATION = "evaluation"
    GRANT = "grant"
    TERMS = "terms"
    OTHER = "other"


_STAGES = {
    "ARCHIVE": Stage.ARCHIVE, "MANIFEST": Stage.MANIFEST, "SIG": Stage.SIGNATURE, "ENCODING": Stage.SIGNATURE,
    "CHAIN": Stage.CHAIN, "RELEASE": Stage.RELEASE, "NAMESPACE": Stage.RELEASE, "ANCHOR": Stage.ANCHOR,
    "ROLLBACK": Stage.ANCHOR, "FREEZE": Stage.ANCHOR, "LOG": Stage.LOG, "REVOKED": Stage.REVOCATION,
    "WITHDRAWN": Stage.REVOCATION, "STATUS": Stage.REVOCATION, "EVAL": Stage.EVALUATION, "GRANT": Stage.GRANT,
    "TERMS": Stage.TERMS,
}  # fmt: skip


def stage_of(code: str) -> Stage:
    """Return the stage that an error code belongs to: what stands before its first "_" says it."""
    return _STAGES.get(code.partition("_")[0], Stage.OTHER)


class Code(NamedTuple):
    """One row of the table of error codes."""

    blame: Blame
    retryable: bool
    remedy: str


USER, AUTHORITY, PUBLISHER, BUNDLE = Blame.USER, Blame.AUTHORITY, Blame.PUBLISHER, Blame.BUNDLE
PEER, REPOSITORY, HOST, NETWORK = Blame.PEER, Blame.REPOSITORY, Blame.HOST, Blame.NETWORK

CODES: dict[str, Code] = {
    # --- the person, the command line, configuration
    "USER_DECLINED": Code(USER, True, "Nothing was signed or paid. Start again if you meant to approve."),
    "USAGE_INVALID": Code(USER, False, "Check the command with --help."),
    "CHOICE_INVALID": Code(USER, False, "`semper deal show` says what is to be decided, and until when."),
    "INFORMATION_MISSING": Code(USER, False, "Name the files that you give, or get those that came from the other side."),
    "MONEY_INVALID": Code(USER, False, "Write the amount with a point and its currency, like '19.90 EUR'."),
    "HOME_MISSING": Code(USER, False, "Create the home first with `semper init`."),
    "HOME_EXISTS": Code(USER, False, "Choose another directory with --home, or use the home that is there."),
    "HOME_BUSY": Code(USER, True, "Another process of this home is running; stop it or wait for it."),
    "CONFIG_INVALID": Code(USER, False, "Correct the named field of config.yaml."),
    "PASSPHRASE_WRONG": Code(USER, True, "Give the passphrase this home was created with."),
    "KEYRING_INVALID": Code(USER, False, "Restore the key files from a backup, readable by you alone."),
    "PIN_WRONG": Code(USER, True, "Give the token's PIN; after too many wrong ones the token locks, and only its security officer can reset it."),
    "TOKEN_MISSING": Code(HOST, True, "Attach the token and name the module of its maker; `pip install 'semper-host[pkcs11]'` adds the library."),
    "FUNDS_INSUFFICIENT": Code(USER, True, "Withdraw more coins with `semper purse withdraw`, then open the offer again."),
    # --- encoding, statements, certificates
    "ENCODING_INVALID": Code(PEER, False, "Ask the sender for the original bytes; these were changed or made by faulty software."),
    "SIG_INVALID": Code(PEER, False, "Do not use it: it was changed after signing, or signed by somebody else."),
    "SIG_KEY_WEAK": Code(PEER, False, "Refuse the key: it is malformed or of small order, and signs for anybody."),
    "CHAIN_UNTRUSTED": Code(AUTHORITY, False, "If you trust this authority, add its root with `semper trust add`."),
    "CHAIN_PURPOSE": Code(AUTHORITY, False, "The certificate was issued for another purpose; ask the holder for the right one."),
    "CHAIN_EXPIRED": Code(AUTHORITY, False, "Ask the holder for a certificate that is valid today; check your clock."),
    "TRUST_POLICY_INVALID": Code(USER, False, "Correct the named line of trust/policy.yaml."),
    # --- archives and manifests
    "ARCHIVE_INVALID": Code(PUBLISHER, False, "Fetch the bundle again; if it stays so, tell its publisher."),
    "ARCHIVE_TOO_LARGE": Code(PUBLISHER, False, "Ask the publisher for a bundle within the limits."),
    "ARCHIVE_DIGEST": Code(REPOSITORY, True, "Fetch the bundle from another source: these are not the bytes that were signed."),
    "MANIFEST_INVALID": Code(PUBLISHER, False, "The publisher must correct the named field of manifest.yaml."),
    "MANIFEST_FILES": Code(PUBLISHER, False, "The publisher must list exactly the files that the archive holds."),
    "MANIFEST_REQUESTS": Code(PUBLISHER, False, "The publisher must request exactly what terms.yaml makes necessary."),
    # --- admission
    "RELEASE_MISSING": Code(PUBLISHER, True, "Ask the source for the publisher's release statement."),
    "RELEASE_INVALID": Code(PUBLISHER, False, "Do not use it: the release does not fit this bundle."),
    "RELEASE_CONFLICT": Code(PUBLISHER, False, "A version is published once: give the new bundle a new version."),
    "EVAL_MISSING": Code(AUTHORITY, True, "Nobody you trust has evaluated it. Ask the publisher for an evaluation, or trust an authority that made one."),
    "EVAL_EXPIRED": Code(AUTHORITY, True, "Ask the publisher for a renewed evaluation."),
    "EVAL_INVALID": Code(AUTHORITY, False, "Do not use it: the evaluation is for another bundle or not well formed."),
    "GRANT_DENIED": Code(AUTHORITY, False, "The evaluation or your policy does not allow what this bundle needs; see `semper trust explain`."),
    "TERMS_INVALID": Code(PUBLISHER, False, "The publisher must correct the named step of terms.yaml."),
    "TERMS_EXPIRED": Code(PUBLISHER, True, "Ask the merchant for its current terms; check your clock."),
    "VERSION_UNSUPPORTED": Code(HOST, False, "Update this host: the other side speaks a newer format."),
    "OFFER_INVALID": Code(PEER, False, "Ask the merchant for a valid offer."),
    "OFFER_EXPIRED": Code(PEER, False, "Ask the merchant for a current offer."),
    "OFFER_PARAMETERS": Code(PEER, False, "The offer leaves what its terms allow; do not buy under it."),
    "OFFER_SERVICE_UNKNOWN": Code(PEER, True, "The terms named by the offer could not be found; ask the merchant for the bundle."),
    "ORDER_DECLINED": Code(PEER, True, "The seller's service did not take the order; the reason is given. Nothing was agreed."),
    "ITEM_REFUSED": Code(PEER, False, "The bundle that manages such items refuses this one; the reason is given. Do not go on with it."),
    "ORDER_INVALID": Code(USER, True, "Order only what the offer lists, within its counts."),
    "QUOTE_INVALID": Code(BUNDLE, False, "The service's quote does not add up; nothing was agreed. Tell its publisher."),
    # --- what the log, its witnesses and the head of revocations say of a bundle
    "CHAIN_REVOKED": Code(AUTHORITY, False, "Do not rely on it: a certificate of its chain was revoked. Ask for a statement under a new one."),
    "REVOKED_BUNDLE": Code(PUBLISHER, False, "Do not use it: its publisher revoked this bundle. Look for a newer version."),
    "REVOKED_KEY": Code(PUBLISHER, False, "Do not use it: the publisher's key was revoked. Ask for a release under its new key."),
    "REVOKED_EVALUATION": Code(AUTHORITY, False, "The authority took its evaluation back. Ask the publisher for another one, or for a newer version."),
    "WITHDRAWN": Code(PUBLISHER, False, "Use a newer version: this one is no longer offered. What runs under it finishes."),
    "STATUS_STALE": Code(REPOSITORY, True, "Connect to the network, or ask the merchant for a fresh pack: what was revoked lately is not known."),
    "STATUS_INVALID": Code(REPOSITORY, False, "Fetch the list of revocations from another mirror; this one is not what the repository signed."),
    "LOG_MISSING": Code(REPOSITORY, True, "Ask for a pack with proofs from the log: publish the bundle with `semper repo publish`, or fetch it from a repository."),
    "LOG_INVALID": Code(REPOSITORY, True, "Fetch the pack from another source: the proof does not fit what the log signed."),
    "LOG_QUORUM": Code(REPOSITORY, True, "Too few witnesses saw this state of the log. Try again later, or another mirror."),
    "LOG_EQUIVOCATION": Code(REPOSITORY, False, "The log showed two histories; both signed notes are kept. Trust nothing of it until you decide with `semper trust resolve`."),
    "LOG_CHAIN": Code(REPOSITORY, False, "A statement was left out or put in twice. Tell the repository's operator; the entries are evidence."),
    "ROLLBACK": Code(REPOSITORY, True, "Fetch from another mirror: this one shows an older state than you have seen."),
    "FREEZE": Code(REPOSITORY, True, "Fetch from another mirror: this one does not show anything new; check your clock."),
    "ANCHOR_INVALID": Code(REPOSITORY, False, "Fetch the anchor from another mirror; if it stays so, tell the repository's operator."),
    "ANCHOR_MISSING": Code(USER, False, "If you trust this repository, add it with `semper trust repository add`."),
    "NAMESPACE_OWNER": Code(PUBLISHER, False, "Do not use it: the namespace belongs to another key. A publisher rotates its key with `semper bundle rotate-key`."),
    "GRANT_QUORUM": Code(AUTHORITY, False, "Your policy wants more authorities to vouch for this; see `semper trust explain`."),
    "GRANT_VETOED": Code(AUTHORITY, False, "An authority whose veto counts in your policy revoked this bundle; see `semper trust explain`."),
    # --- confinement
    "CAPABILITY_REFUSED": Code(BUNDLE, False, "The bundle asked for what nobody granted; nothing was done. Tell its evaluator."),
    "QUOTA_EXCEEDED": Code(BUNDLE, False, "The bundle used more than its limits; nothing was done. Tell its publisher."),
    "DIALECT_REFUSED": Code(PUBLISHER, False, "The publisher must rewrite the named line in the allowed dialect; see docs/reference/dialect.md."),
    "BUNDLE_FAILED": Code(BUNDLE, False, "The bundle raised an error; tell its publisher."),
    "BUNDLE_KILLED": Code(BUNDLE, True, "The bundle exceeded time or memory, or broke a wall, and was stopped."),
    "BUNDLE_PROTOCOL": Code(BUNDLE, False, "The bundle sent what is not a request; it was stopped. Tell its publisher."),
    "REPLAY_DIVERGED": Code(BUNDLE, False, "The bundle answered differently than before; the deal takes its exception path."),
    "CONFINEMENT_UNAVAILABLE": Code(HOST, False, "This machine lacks a mandatory wall; `semper doctor` names it. Bundles do not run here."),
    "BUNDLE_CONFLICT": Code(USER, False, "Two bundles claim the same work; use a home in which only one of them is installed."),
    "BUNDLE_UNKNOWN": Code(USER, True, "Fetch and admit the bundle first; see `semper bundle list`."),
    # --- peers and protocols
    "PEER_DEVIATED": Code(PEER, False, "The other side left the protocol; the evidence is kept with the deal."),
    "PEER_CLOCK": Code(PEER, True, "The two clocks differ by more than five minutes; set yours and try again."),
    "PEER_IDENTITY": Code(PEER, False, "The other side is not certified for this role by anybody you trust."),
    "MESSAGE_UNEXPECTED": Code(PEER, False, "The message does not fit the step of this deal and was not acted upon."),
    "ESCROW_INVALID": Code(PEER, False, "The trustee found that the escrow does not hold the promised key; the money went back."),
    "HOLD_INVALID": Code(PEER, False, "The hold does not cover what was agreed; nothing was released."),
    "NOT_ENROLLED": Code(PEER, False, "The trustee serves enrolled merchants only: ask its operator, or choose another trustee. Held money goes back when the hold expires."),
    "NOT_INVITED": Code(PEER, False, "Ask who invites to the contract for an invitation of your own: this one is for somebody else, or was used."),
    "TRANSFER_DECLINED": Code(PEER, False, "The recipient does not want it; nothing was opened or signed."),
    "TRUSTEE_QUOTA": Code(PEER, True, "The merchant has used up what the trustee decides for it in a day; try again later, or ask the trustee's operator."),
    "TOO_LATE": Code(PEER, False, "The deadline has passed; ask the trustee for the state of the exchange."),
    "FAIRNESS_UNATTAINABLE": Code(PUBLISHER, False, "Neither item can be generated by a trustee or revoked; the terms must ask for less."),
    "CREDENTIAL_DECLINED": Code(PEER, False, "Ask for a credential that is valid, not revoked, unused, and shown by its holder to you."),
    "CREDENTIAL_MISSING": Code(USER, True, "Get such a credential and put it into the wallet with `semper credential add`, then try again."),
    "CREDENTIAL_SOLD": Code(USER, False, "Nothing was revoked: keep to what was sold, or settle with its holder."),
    "STATUS_FALSE": Code(PEER, False, "Do not rely on this issuer's status list; ask it for the current one, and keep this as evidence."),
    "EVIDENCE_INVALID": Code(PEER, False, "Do not rely on this evidence: the named part was changed or never fitted."),
    "CONTAINER_INVALID": Code(PEER, False, "Ask the sender for the container as it was signed: a part was changed, swapped or never fitted."),
    "CONTAINER_LIMITS": Code(PEER, False, "Ask the sender for a smaller container: it has too many parts, levels or bytes."),
    "CONTAINER_PART": Code(USER, False, "Name a part that is there, open, and meant for the party; `hidden` parts only their recipients can open."),
    # --- payments
    "PAYMENT_REFUSED": Code(PEER, False, "The bank refused; the reason is given. No money moved."),
    "DOUBLE_SPENT": Code(PEER, False, "The coin was spent before; the bank returned its proof."),
    "PAYMENT_UNKNOWN": Code(NETWORK, True, "Ask for the status with `semper purse status`; never pay again."),
    "NO_COMMON_PAYMENT": Code(USER, False, "Payer and payee share no payment system; open a purse that the payee accepts."),
    # --- storage, network, user interface
    "PEER_UNREACHABLE": Code(NETWORK, True, "Check the network and try again; the deal stays as it is."),
    "PEER_RESPONSE": Code(PEER, True, "The other side answered with what is not the protocol; try again later."),
    "REQUEST_TOO_LARGE": Code(PEER, False, "Send less at once; the service's limit stands in its documentation."),
    "OVERLOADED": Code(HOST, True, "The service is busy; nothing was done. Try again in a moment."),
    "STORAGE_FULL": Code(HOST, True, "Free some disk space and start again; nothing was lost."),
    "STORAGE_UNREACHABLE": Code(HOST, True, "Start the database server or mend the line to it, then try again: what was answered is kept."),
    "STORAGE_DRIVER": Code(HOST, False, "Install what the message names, in the environment that runs this host."),
    "STORAGE_CORRUPT": Code(HOST, False, "Restore the home from a backup; see docs/how-to."),
    "DEAL_UNFINISHED": Code(USER, False, "Let it end, or go on with it: `semper deal resume`; then try again."),
    "DEAL_UNKNOWN": Code(USER, False, "List the deals with `semper deal list`."),
    "CONTENT_FALSE": Code(PEER, False, "Open a dispute: these are the signed bytes, but not the content that the offer promised."),
    "CONTENT_CORRUPT": Code(PEER, True, "Resume the download; the damaged part is fetched again."),
    "DRIVER_UNLOCKED": Code(USER, False, "Review the driver and lock it with `semper trust driver`."),
    "DRIVER_CHANGED": Code(USER, False, "The driver's files changed since they were locked; review them and lock again."),
    "DRIVER_CONFLICT": Code(USER, False, "Two installed packages give the same driver name; remove one."),
    "DRIVER_MISSING": Code(USER, False, "Install the package that provides the driver, or choose another driver in config.yaml."),
    "DRIVER_UNAVAILABLE": Code(HOST, True, "The driver's device is not there (a terminal, a card reader); attach it and try again."),
    "DISPLAY_REFUSED": Code(PEER, False, "A text could deceive you when shown and was refused, not repaired."),
    "BACKEND_FAILED": Code(HOST, True, "Something inside the host failed; see the log and try again."),
}
"""All error codes, by area."""
