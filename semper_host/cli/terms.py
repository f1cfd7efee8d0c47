"""`semper terms`: what is proved of terms of business before anyone runs them, and what they can cost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.printing import harmless, show, show_json
from semper_host.commerce.check import Checked, Risk, check
from semper_host.commerce.check_record import check_record
from semper_host.commerce.durations import spoken_duration
from semper_host.commerce.terms import parse_terms
from semper_host.host import publishing
from semper_host.host.flow_picture import standalone
from semper_host.host.flow_view import view
from semper_host.model.errors import AdmissionRefused

app = typer.Typer(no_args_is_help=True, help="Prove and show terms of business: the flow, the risks, the legal text.")
File = Annotated[
    Path, typer.Argument(help="A terms.yaml, an archive (.smp) or a pack (.smpack).", exists=True, dir_okay=False)
]
PROVED = (
    "every step can be reached, every way on is there, and every way ends",
    "every wait has a deadline",
    "the fairness that each exchange asks for can be attained",
    "a contract stands before every payment",
    "each end leaves everybody with what it says",
    "each role knows of every choice that changes what it must do",
    "no two sides ever wait for each other for ever",
)
"""What `commerce.check` proves, in words and in its order."""


@app.command("check")
def check_terms(file: File, as_json: AsJson = False) -> None:
    """Prove terms and compute rights, risks and the longest duration; exits 1 with the step where a proof fails."""
    with files.about(file):
        checked = check(parse_terms(_terms(file)[0]))
        check_record(checked.terms)
    if as_json:
        show_json(_plain(checked))
        return
    show(f"{checked.terms.protocol}  {checked.terms.digest.hex()}", *(f"  proved   {line}" for line in PROVED))
    show(*(f"  takes    {role}: {', '.join(sorted(can)) or 'nothing'}" for role, can in checked.capabilities.items()))
    show(*_costs(checked), *(f"  {line}" for line in checked.lines))


@app.command("show")
def show_terms(
    file: File,
    language: Annotated[str, typer.Option(help="The language of the legal text, if there is one.")] = "en",
    diagram: Annotated[bool, typer.Option("--diagram", help="Print the flow as a Mermaid diagram only.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Write the flow as a picture to this file (SVG).")] = None,
) -> None:
    """Show terms to read before you deal: the flow, what is at risk, how long it can take, and the legal text."""
    with files.about(file):
        data, legal = _terms(file)
        checked = check(parse_terms(data))
    if svg is not None:
        files.write(svg, standalone(view(checked)).encode())
        show(f"Wrote the flow of {checked.terms.protocol} to {svg}.")
        return
    if diagram:
        show(checked.mermaid.rstrip("\n"))
        return
    show(f"{checked.terms.protocol}", *checked.lines, *_costs(checked))
    text = legal.get(language) or next(iter(legal.values()), "")
    if text:
        show("", *(harmless(line) for line in text.splitlines()))


def _terms(file: Path) -> tuple[bytes, dict[str, str]]:
    """Return the terms.yaml in the file, and its legal texts by language (none beside a bare terms.yaml)."""
    data = files.read(file, MAX_PACK)
    if file.suffix not in (".smp", ".smpack") and not data.startswith(b"PK"):
        return data, {}
    archive = read_pack(data).archive if file.suffix == ".smpack" else data[: MAX_BYTES + 1]
    found = publishing.inspect(archive)
    declared = found.manifest.terms
    if declared is None:
        name, kind = found.manifest.name, found.manifest.kind
        raise AdmissionRefused("TERMS_INVALID", f"cannot read the terms of {name}: a {kind} has none")
    if declared.flow not in found.files:
        raise AdmissionRefused("MANIFEST_FILES", f"cannot read the terms of {found.manifest.name}: they are missing")
    texts = {locale: found.files.get(text.file, b"") for locale, text in declared.legal.items()}
    return found.files[declared.flow], {locale: text.decode("utf-8", "replace") for locale, text in texts.items()}


def _costs(checked: Checked) -> list[str]:
    lines = [f"  at risk  {_risk(checked, risk)}" for risk in checked.risks]
    return [*lines, f"  longest  {spoken_duration(checked.longest)}"]


def _risk(checked: Checked, risk: Risk) -> str:
    most = " or ".join(str(money) for money in risk.most)
    amount = f" (at most {most})" if most else ""
    what = f"{checked.terms.kind_of(risk.role)} in {risk.step}: {risk.item}{amount}"
    if risk.can_be_lost:
        return f"{what} can be lost"
    return f"{what} is held for at most {spoken_duration(risk.seconds)}, then comes back or is exchanged"


def _plain(checked: Checked) -> dict[str, Any]:
    return {
        "schema": "semper.terms-check/1",
        "protocol": checked.terms.protocol,
        "digest": checked.terms.digest,
        "proved": list(PROVED),
        "capabilities": {role: sorted(can) for role, can in checked.capabilities.items()},
        "needed": sorted(checked.needed),
        "risks": [
            {
                "role": risk.role,
                "step": risk.step,
                "item": str(risk.item),
                "kind": risk.kind,
                "most": [{"minor": money.minor, "currency": money.currency} for money in risk.most],
                "seconds": risk.seconds,
                "can_be_lost": risk.can_be_lost,
            }
            for risk in checked.risks
        ],
        "longest_seconds": checked.longest,
        "flow": list(checked.lines),
        "mermaid": checked.mermaid,
    }
