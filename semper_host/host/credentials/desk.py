"""Credentials at the desk of a home: what its person or operator asks for, through the admitted bundle, confined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.api_v1 import Accepted, Claim, Declined, Described, Wanted
from semper_host.exchange.legs.presentation import asked_for
from semper_host.host import trusting
from semper_host.host.business import deal_keys
from semper_host.host.credentials.issuing import Issuer, IssuerHandler, Order
from semper_host.host.credentials.token_keys import TOKEN_KEYS, IssuerKeys, TokenKeyset
from semper_host.host.credentials.verifying import Verifier, VerifierHandler
from semper_host.host.credentials.wallet import Held, HolderHandler, Wallet
from semper_host.host.decided_bundles import bundle_of
from semper_host.host.home import Home
from semper_host.host.installed import Decided
from semper_host.host.sandbox import Sandbox
from semper_host.model.credential_requests import BlindTokens, Prove, SignTokens, UnblindTokens
from semper_host.model.credentials import CREDENTIAL, MOST_TEXT, VERSION, Credential, Token
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError, UsageError
from semper_host.model.requests import Request
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh
from semper_host.supporting.cryptographic.signing import SigningKey

BUNDLE = "semper/credential-items"
ROLES = ("merchant", "bank", "trustee")
"""Whose certified keys may issue."""
CHALLENGE_BYTES = 32
_TOKENS, _HOLDER, _COUNT = "credential.tokens", "credential.holder", b"credential-holders"
_DEALS = b"credential-deals"
DAY = 86_400


@dataclass
class Desk:
    """One home's credentials. `now` is in seconds since 1970; every method raises SemperError for what it refuses."""

    home: Home
    sandbox: Sandbox
    now: int
    earlier: tuple[Decided, ...] = ()  # what was decided on bundles when the deal began that this is for
    _admitted: Admitted | None = field(default=None, init=False)

    # --- issuing

    @property
    def issuer(self) -> Issuer:
        """What this home issues with: its service's key, and its keys for tokens if it has any."""
        kept = self.home.keyring.load(_TOKENS)
        keys = None if kept is None else IssuerKeys.decode(kept)
        return Issuer(self.home.archive, SigningKey.from_seed(self.home.keyring.seed("service.signing")), keys)

    def issue(
        self, kind: str, title: str, claims: Sequence[Claim], holder: bytes, status: str, days: int, *, once: bool
    ) -> bytes:
        """Return a signed credential for the key `holder`, valid from now for `days`; asked again, a new one."""
        issuer = self.issuer
        described = Described(
            VERSION, issuer.signing.public, kind, title, tuple(claims), holder, status, self.now,
            self.now + days * DAY, once,
        )  # fmt: skip
        order = Order(described, fresh(32))
        answer = self._run("issuer.issue", (described, order.key, order.label), IssuerHandler(issuer, order))
        return _bytes(answer, "issue the credential")

    def issue_in_exchange(self, issuer: Issuer, described: Described, label: bytes, index: int | None) -> bytes:
        """Return the credential that an exchange promises, signed by `issuer`; again, the same one.

        `index`: the place that the exchange's label names, which `StatusKeeper.pend` wrote down; None: in no list.
        """
        order = Order(described, label, label)
        handler = IssuerHandler(issuer, order, index)
        return _bytes(self._run("issuer.issue", (described, order.key, label), handler), "issue the credential")

    def revoke(self, signed: bytes) -> Credential:
        """Revoke a credential of ours, for good, and return it."""
        issuer = self.issuer
        found = Credential.decode(cose.open1(signed, CREDENTIAL, issuer.signing.public))
        answer = self._run("issuer.revoke", (signed, issuer.signing.public), IssuerHandler(issuer, signed))
        _accepted(answer, "revoke the credential")
        return found

    def make_token_keys(self, kinds: Sequence[str], days: int) -> bytes:
        """Make keys for anonymous tokens of `kinds` and return the signed keyset. Raises UsageError if there are some.
        """
        if len(set(kinds)) != len(kinds) or not all(0 < len(kind) <= MOST_TEXT for kind in kinds):
            raise UsageError("USAGE_INVALID", "cannot make keys for tokens: name each kind once, in a few words")
        self._refuse_more_keys()
        keys = IssuerKeys.generate(self.issuer.signing.public, kinds, self.now + days * DAY)

        def work(_: Any) -> None:
            self._refuse_more_keys()
            self.home.keyring.store(_TOKENS, keys.encode())  # COMMIT POINT

        self.home.archive.commit(work)  # while the archive is locked: another process never replaces published keys
        return self.token_keyset()

    def _refuse_more_keys(self) -> None:
        if self.home.keyring.load(_TOKENS) is not None:
            raise UsageError("HOME_EXISTS", "cannot make keys for tokens: this home has some, and tokens bear them")

    def token_keyset(self) -> bytes:
        """Return the signed keyset of this home's tokens."""
        issuer = self.issuer
        if issuer.tokens is None:
            raise UsageError("USAGE_INVALID", "cannot show keys for tokens: this home has none; `semper token keys`")
        return cose.sign1(encode(issuer.tokens.keyset), TOKEN_KEYS, issuer.signing)

    def sign_tokens(self, kind: str, blinded: Sequence[bytes], key: bytes) -> list[bytes]:
        """Return blind signatures for a request that was paid for; `key` names the request, for good."""
        handler = IssuerHandler(self.issuer, SignTokens(kind, list(blinded), key))
        answer = self._run("issuer.sign_tokens", (kind, list(blinded), key), handler)
        if not handler.signed or answer != handler.signed:
            raise _declined(answer, "sign tokens")
        return handler.signed

    # --- holding

    @property
    def wallet(self) -> Wallet:
        """The wallet of this home."""
        return Wallet(self.home.archive, self.home.keyring.seed("credential.tokens"), self._holders_key)

    def new_holder(self) -> bytes:
        """Return a fresh key of this home (32 bytes) to bind a credential to: one for each, so none can be linked."""

        def work(tx: Any) -> int:
            count = self._holders(tx)
            self.home.archive.keep(tx, _COUNT, "count", (count + 1).to_bytes(4, "big"))
            return count

        # COMMIT POINT: no other process hands out the same key
        return SigningKey.from_seed(self.home.keyring.derive(_HOLDER, self.home.archive.commit(work))).public

    def add(self, signed: bytes, issuer: ServiceKeys) -> Held:
        """Put a credential into the wallet."""
        return self.wallet.put(signed, issuer.signing)

    def pocket(self, signed: bytes, counter: int) -> Held:
        """Put a credential into the wallet that is bound to the key of our deal number `counter`."""
        found = Credential.decode(cose.peek(signed).payload).described
        if found.holder != deal_keys(self.home, counter).signing.public:  # another deal's credential keeps its key
            raise UsageError("USAGE_INVALID", "cannot keep the credential: it is not for our key of this deal")
        kept = counter.to_bytes(8, "big")
        self.home.archive.commit(lambda tx: self.home.archive.keep(tx, _DEALS, found.holder.hex(), kept))
        return self.wallet.put(signed, found.issuer)

    def showable(self, wanted: bytes, issuer: bytes, until: int) -> Held:
        """Return a credential of the wallet that an exchange asks to see: of `issuer`, valid beyond `until`.

        `wanted` is the `presentation.asked_for` of its kind. Raises UsageError CREDENTIAL_MISSING where there is none.
        """
        for held in self.wallet.all():
            said = held.credential.described
            lasts = said.not_before <= self.now <= until < said.not_after
            if lasts and said.issuer == issuer and asked_for(said.kind) == wanted:
                return held
        why = "the wallet has none of that kind and issuer that is valid for long enough"
        raise UsageError("CREDENTIAL_MISSING", f"cannot show the credential that is asked for: {why}")

    def present(self, name: str, audience: bytes, challenge: bytes) -> bytes:
        """Return the showing of a credential in the wallet to the verifier with the key `audience`."""
        signed = self.wallet.find(name).signed
        handler = HolderHandler(self.wallet, Prove(signed, audience, challenge), None, self.now)
        answer = self._run("holder.present", (signed, audience, challenge), handler)
        return _bytes(answer, "show the credential")

    def want_tokens(self, keys: TokenKeyset, kind: str, count: int) -> list[bytes]:
        """Return what the issuer is to sign blindly."""
        handler = HolderHandler(self.wallet, BlindTokens(kind, count), keys, self.now)
        answer = self._run("holder.want_tokens", (kind, count), handler)
        if not handler.wanted or answer != handler.wanted:
            raise _declined(answer, "ask for tokens")
        return handler.wanted

    def take_tokens(self, keys: TokenKeyset, kind: str, blinded: list[bytes], signatures: list[bytes]) -> int:
        """Put the tokens in the wallet that the issuer signed; return how many."""
        handler = HolderHandler(self.wallet, UnblindTokens(kind, blinded, signatures), keys, self.now)
        answer = self._run("holder.take_tokens", (kind, blinded, signatures), handler)
        if not isinstance(answer, int):
            raise _declined(answer, "take the tokens")
        return answer

    # --- verifying

    @property
    def audience(self) -> bytes:
        """The key (32 bytes) that this home asks others to show their credentials to."""
        return SigningKey.from_seed(self.home.keyring.seed("credential.verifier")).public

    def verifier(self, tokens: TokenKeyset | None = None) -> Verifier:
        """Return what this home verifies with."""
        return Verifier(self.home.archive, tokens)

    def check(self, shown: bytes, wanted: Wanted, challenge: bytes, *, redeem: bool = False) -> None:
        """Accept what is shown to us, or redeem it. Raises AdmissionRefused CREDENTIAL_DECLINED, saying why not."""
        arguments = (shown, wanted, self.audience, challenge)
        entry = "verifier.redeem" if redeem else "verifier.check"
        _accepted(self._run(entry, arguments, VerifierHandler(self.verifier(), self.now)), "accept the credential")

    def redeem_token(self, token: bytes, kind: str, use: bytes, keys: TokenKeyset) -> None:
        """Redeem an anonymous token for `use` (32 bytes). Raises AdmissionRefused CREDENTIAL_DECLINED."""
        Token.decode(token)
        answer = self._run("verifier.redeem_token", (token, kind, use), VerifierHandler(self.verifier(keys), self.now))
        _accepted(answer, "accept the token")

    def service(self, statement: bytes) -> ServiceKeys:
        """Return the keys that a certified service states. Raises AdmissionRefused CHAIN_*, SIG_INVALID."""
        roots = trusting.load(self.home.trust).roots
        refusal: SemperError | None = None
        for role in ROLES:
            try:
                return open_service_keys(statement, role, roots, self.now)[0]
            except SemperError as error:
                refusal = refusal or error
        assert refusal is not None
        raise refusal

    def token_keys(self, signed: bytes, issuer: ServiceKeys) -> TokenKeyset:
        """Return the keyset that `issuer` signed."""
        keyset = TokenKeyset.decode(cose.open1(signed, TOKEN_KEYS, issuer.signing))
        if keyset.issuer != issuer.signing:
            raise UsageError("USAGE_INVALID", "cannot use the keys for tokens: they are another issuer's")
        kinds, keys = {each.kind for each in keyset.keys}, {each.key for each in keyset.keys}
        if not len(kinds) == len(keys) == len(keyset.keys):  # a token does not say its kind, its key does
            why = "cannot use the keys for tokens: one stands for two kinds"
            raise PeerDeviated("SIG_KEY_WEAK", why, evidence=signed)
        return keyset

    def _run(self, entry: str, arguments: tuple[Any, ...], answer: Callable[[Request], Any]) -> Any:
        if self._admitted is None:
            self._admitted = bundle_of(self.home, self.earlier, BUNDLE, self.now)
        bundle = self._admitted
        return self.sandbox.run(bundle, runtime_grants(bundle.manifest.kind, bundle.grants), entry, arguments, answer)

    def _holders(self, tx: Any = None) -> int:
        kept = self.home.archive.recall(_COUNT, "count", tx)
        return 0 if kept is None else int.from_bytes(kept, "big")

    def _holders_key(self, public: bytes) -> SigningKey | None:
        dealt = self.home.archive.recall(_DEALS, public.hex())
        if dealt is not None:
            key = deal_keys(self.home, int.from_bytes(dealt, "big")).signing
            return key if key.public == public else None
        for counter in range(self._holders()):
            key = SigningKey.from_seed(self.home.keyring.derive(_HOLDER, counter))
            if key.public == public:
                return key
        return None


def _bytes(answer: Any, what: str) -> bytes:
    if not isinstance(answer, bytes):
        raise _declined(answer, what)
    return answer


def _accepted(answer: Any, what: str) -> None:
    if not isinstance(answer, Accepted):
        raise _declined(answer, what)


def _declined(answer: Any, what: str) -> AdmissionRefused:
    why = answer.why if isinstance(answer, Declined) else "the bundle said neither yes nor no"
    return AdmissionRefused("CREDENTIAL_DECLINED", f"cannot {what}: {why}")
