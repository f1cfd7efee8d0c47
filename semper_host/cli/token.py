"""`semper token`: anonymous tokens. The issuer signs them blindly, so nobody can tell to whom one was given."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.statements import MAX_STATEMENT
from semper_host.cli import files
from semper_host.cli.credential import Issuer, Output, at_the_desk, obtained, service
from semper_host.cli.printing import harmless, show
from semper_host.host.credentials.desk import Desk
from semper_host.host.credentials.token_keys import TokenKeyset
from semper_host.model.encoding import Record, encode

app = typer.Typer(no_args_is_help=True, help="Issue and redeem anonymous tokens: each once, and nobody learns whose.")
Kind = Annotated[str, typer.Option(help="The kind of token, such as reader.")]
Keys = Annotated[str, typer.Option(help="The issuer's signed keys for tokens: a file or an address.")]
MOST_FILE = 256 * 1024


class Blinded(Record, frozen=True):
    """A request for tokens: what the issuer is to sign, seeing nothing."""

    kind: str
    blinded: tuple[bytes, ...]


class Signed(Record, frozen=True):
    """The issuer's answer: a blind signature for each."""

    request: Blinded
    signatures: tuple[bytes, ...]


@app.command()
def keys(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Argument(help="The kinds of tokens to make keys for.")] = None,
    days: Annotated[int, typer.Option(min=1, help="For how many days tokens of these keys are taken.")] = 365,
    output: Output = None,
) -> None:
    """Make this issuer's keys for tokens, or (without a kind) show them; publish them, the same for everybody."""
    with at_the_desk(context) as desk:
        files.write_or_print(output, desk.make_token_keys(kind, days) if kind else desk.token_keyset())


@app.command()
def want(
    context: typer.Context,
    kind: Kind,
    issuer: Issuer,
    token_keys: Keys,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many tokens.")] = 1,
    output: Output = None,
) -> None:
    """Make a request for tokens, to hand to the issuer together with what it asks for them."""
    with at_the_desk(context) as desk:
        blinded = desk.want_tokens(_keyset(desk, token_keys, issuer), kind, count)
        files.write_or_print(output, encode(Blinded(kind, tuple(blinded))))


@app.command()
def sign(
    context: typer.Context,
    request: Annotated[Path, typer.Argument(help="What the holder's `semper token want` wrote.", exists=True)],
    output: Output = None,
) -> None:
    """Sign a request for tokens, as their issuer: after it was paid for. The same request gets the same answer."""
    with at_the_desk(context) as desk, files.about(request):
        data = files.read(request, MOST_FILE)
        asked = Blinded.decode(data)
        signatures = desk.sign_tokens(asked.kind, asked.blinded, sha256(data).digest())
        files.write_or_print(output, encode(Signed(asked, tuple(signatures))))
        if output is not None:
            show(f"{_counted(len(signatures), asked.kind)} signed.")


@app.command()
def take(
    context: typer.Context,
    answer: Annotated[Path, typer.Argument(help="What the issuer's `semper token sign` wrote.", exists=True)],
    issuer: Issuer,
    token_keys: Keys,
) -> None:
    """Put the tokens that the issuer signed into this home's wallet."""
    with at_the_desk(context) as desk, files.about(answer):
        signed = Signed.decode(files.read(answer, MOST_FILE))
        keyset, asked = _keyset(desk, token_keys, issuer), signed.request
        count = desk.take_tokens(keyset, asked.kind, list(asked.blinded), list(signed.signatures))
        show(f"{_counted(count, asked.kind)} came into the wallet.")


@app.command()
def give(
    context: typer.Context,
    kind: Kind,
    output: Output = None,
    again: Annotated[bool, typer.Option("--again", help="Write the one given last once more: it was lost.")] = False,
) -> None:
    """Take a token out of the wallet, to hand it to whoever redeems it. Whoever has the file has the token."""
    with at_the_desk(context) as desk:
        token = desk.wallet.drawn(kind) if again else desk.wallet.draw(kind)
        if token is None:
            show(f"No {kind} token {'was given' if again else 'is left'}.")
            raise typer.Exit(1)
        files.write_or_print(output, token)


@app.command()
def redeem(
    context: typer.Context,
    token: Annotated[Path, typer.Argument(help="The token.", exists=True, dir_okay=False)],
    kind: Kind,
    use: Annotated[str, typer.Option(help="What it is redeemed for, such as an order's number; once each.")],
    issuer: Issuer,
    token_keys: Keys,
) -> None:
    """Redeem a token, once. Exits 1 if it is false, over, or was redeemed for something else."""
    with at_the_desk(context) as desk, files.about(token):
        data = files.read(token, MAX_STATEMENT)
        by = service(desk, issuer)
        keyset = desk.token_keys(obtained(desk, token_keys, MOST_FILE), by)
        desk.redeem_token(data, kind, sha256(use.encode()).digest(), keyset)
        show(f"Redeemed, as issued by {harmless(by.name)}.")


def _keyset(desk: Desk, place: str, issuer: str) -> TokenKeyset:
    return desk.token_keys(obtained(desk, place, MOST_FILE), service(desk, issuer))


def _counted(count: int, kind: str) -> str:
    return f"{count} {harmless(kind)} {'token' if count == 1 else 'tokens'}"
