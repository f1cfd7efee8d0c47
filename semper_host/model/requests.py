"""What a bundle can ask of the host: one strict type a request, answered or refused by the broker.

A bundle's generator yields one of these; `generator.send(answer)` brings the answer. What each request
answers with stands in its docstring and in `request_tables`. Requests and answers cross the wall as MessagePack.
"""

from __future__ import annotations

import msgspec

from semper_host.model.money import Money


class Request(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The base of all requests; `capability` None means that the harmless baseline covers it."""


class Random(Request, frozen=True):
    """`count` random bytes, at most 1,024. Journalled, so a replay sees the same. Answers bytes."""

    count: int


class Now(Request, frozen=True):
    """The host's clock in whole seconds since 1970 UTC. Journalled. Answers int."""


class Keep(Request, frozen=True):
    """Keep `value` under `name` durably for this deal or purse before anything else happens. Answers None."""

    name: str
    value: bytes


class Recall(Request, frozen=True):
    """What was kept under `name`. Answers bytes or None."""

    name: str


class Ask(Request, frozen=True):
    """Send `message` to the bank of the purse and wait for its answer; `account` signs it as the account's holder.

    Answers Reply.
    """

    message: bytes
    account: bool = False


class Output(msgspec.Struct, frozen=True):
    """A coin to be made: its value in minor units, and the blinded message once there is one."""

    value: int
    blinded: bytes = b""


class Coin(msgspec.Struct, frozen=True):
    """A bearer coin: value in minor units, the randomized message and its RFC 9474 signature."""

    value: int
    message: bytes
    signature: bytes


class Blind(Request, frozen=True):
    """Blinded messages for coins of `values` minor units; secrets come from the purse's seed. Answers list[Output]."""

    values: list[int]


class Reblind(Request, frozen=True):
    """The blinded messages made before for coins of `value`, counters `first` to `first + count - 1`. Answers
    list[Output].

    For restoring a purse from its seed: the bank tells which of them it signed.
    """

    value: int
    first: int
    count: int


class Drop(Request, frozen=True):
    """Take `coins` out of the purse: they are spent, and if `paid`, for what they were reserved for. Answers None."""

    coins: list[Coin]
    paid: bool = False


class Unblind(Request, frozen=True):
    """Coins from the bank's blind `signatures` on `outputs`; checked and put into the purse. Answers list[Coin]."""

    outputs: list[Output]
    signatures: list[bytes]


class Mint(Request, frozen=True):
    """What this bank's mint is. Answers MintView."""


class MintView(msgspec.Struct, frozen=True):
    """The currency of the mint's coins, and the bank's signing key (Ed25519, 32 bytes) as holds name it."""

    currency: str
    system: bytes


class CheckOutputs(Request, frozen=True):
    """Whether each output can be signed: a value the mint has a key for, a blinded message in that key's range.

    Answers list[bool].
    """

    outputs: list[Output]


class BlindSign(Request, frozen=True):
    """The bank's blind signatures on `outputs`, each under its value's key. Answers list[bytes]."""

    outputs: list[Output]


class CheckCoins(Request, frozen=True):
    """Whether each coin bears the bank's signature. Answers list[bool]."""

    coins: list[Coin]


class Entry(msgspec.Struct, frozen=True):
    """One side of a posting: positive credits the account, negative debits it."""

    account: str
    amount: Money


class Post(Request, frozen=True):
    """Post to the bank's ledger in one commit, all or nothing.

    `key` makes it idempotent: a repetition with the same fields answers as the first did. `entries` sum to
    zero per currency. `spend` are keys that may be used once ever (spent coins). `expect`/`become` move the
    hold `label` from one state to the next and keep `detail` with it. `issue` are blinded outputs that this
    posting pays for: recorded in the same commit, so that `Issued` finds them for a purse restored from its
    seed. Answers Posted.
    """

    key: bytes
    entries: list[Entry]
    spend: list[bytes] = []
    label: bytes = b""
    expect: str = ""
    become: str = ""
    detail: bytes = b""
    issue: list[Output] = []


class Posted(msgspec.Struct, frozen=True):
    """How posting went: `done`, or why not, and the `proof`: the detail kept when the key or coin was first used."""

    done: bool
    why: str = ""
    proof: bytes = b""


class HoldState(Request, frozen=True):
    """The state of the hold under `label`. Answers HoldRow or None."""

    label: bytes


class Issued(Request, frozen=True):
    """Whether a posting ever paid for each of `outputs` (value and blinded message). Answers list[bool]."""

    outputs: list[Output]


class Spent(Request, frozen=True):
    """Whether each of `keys` was used in a posting's `spend`. Answers list[bool]."""

    keys: list[bytes]


class HoldRow(msgspec.Struct, frozen=True):
    """A hold as the ledger knows it: its state and each state's kept detail, oldest first."""

    state: str
    details: list[bytes]


class Attest(Request, frozen=True):
    """The bank's signature over the state of a hold: `payload` is an encoded model.holds record.

    Answers bytes (COSE_Sign1).
    """

    kind: str
    payload: bytes


class Verify(Request, frozen=True):
    """The payload of the COSE_Sign1 `data` if `key` (Ed25519, 32 bytes) signed it as `kind`. Answers bytes or None."""

    data: bytes
    kind: str
    key: bytes


class Pay(Request, frozen=True):
    """Pay `amount` to `payee` at once.

    No commerce service is ever granted this: flow is data, the host pays. Answers None.
    """

    amount: Money
    payee: str


class Reply(msgspec.Struct, frozen=True):
    """A peer's answer to Ask; not `ok`: nothing came back, and what became of the message is unknown."""

    ok: bool
    message: bytes = b""
