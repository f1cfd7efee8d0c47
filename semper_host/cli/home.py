"""`semper init` and `semper up`: making a home and running its role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from semper_host.cli.opening import opened, passphrase, settings_of
from semper_host.cli.printing import show, tell
from semper_host.host import home as homes
from semper_host.model.errors import UsageError
from semper_host.supporting.communication.proxy import read_proxy
from semper_host.supporting.preferences import preferences

if TYPE_CHECKING:
    from semper_host.supporting.communication.server import Application


def init(
    context: typer.Context,
    role: Annotated[str, typer.Option(help=f"One of: {', '.join(homes.ROLES)}.")] = "buyer",
    name: Annotated[str, typer.Option(help="The name that others will see, such as 'EUROCOM'.")] = "",
    listen: Annotated[str, typer.Option(help="Address and port that `semper up` serves at.")] = "127.0.0.1:0",
    url: Annotated[str, typer.Option(help="The address that others reach this home at (default: http://LISTEN).")] = "",
    repository: Annotated[
        str, typer.Option(help="The repository to fetch terms from where an offer brings none.")
    ] = "",
    proxy: Annotated[
        str, typer.Option(help="Call out through this SOCKS proxy only, such as Tor's: socks5h://127.0.0.1:9050.")
    ] = "",
    driver: Annotated[str, typer.Option(help="The trusted user interface: the name of a locked driver.")] = "terminal",
    locale: Annotated[str, typer.Option(help="The language of the trusted user interface: en or de.")] = "en",
    database: Annotated[
        str,
        typer.Option(
            help="Keep the archive in PostgreSQL, at postgresql://[USER@]HOST/NAME (default: a file in the home)."
        ),
    ] = "",
    allow_scripted: Annotated[
        bool, typer.Option(help="Let the scripted driver answer (demo and tests; every screen says so).")
    ] = False,
) -> None:
    """Make a home: keys under a passphrase, an empty archive, and trust in nobody."""
    read_proxy(proxy)
    settings = settings_of(context)
    config = homes.Config(
        role=role,
        name=name or role,
        listen=listen,
        url=url or f"http://{listen}",
        repository=repository,
        proxy=proxy,
        allow_scripted=allow_scripted,
        database=database,
    )
    path: Path = settings.path
    if (path / homes.CONFIG).exists():
        raise UsageError("HOME_EXISTS", f"cannot create a home at {path}: there is one already")
    if database:
        homes.check_database(database)
    homes.create(path, config, passphrase(settings, new=True))
    preferences.save(path, preferences.Preferences(driver=driver, locale=locale))
    show(f"Made a home for {config.name} ({role}) at {path}.")


def up(context: typer.Context) -> None:
    """Run this home's role: print `ready URL` when it serves, stop on SIGTERM or Ctrl-C."""
    from semper_host.cli.proving import prove
    from semper_host.host import serving  # here, so that `semper init` need not load what serves

    with opened(context) as home:
        app = _repository(home) if home.config.role == "repository" else None
        serving.serve(home, app=app, prove=prove, tell=tell)


def _repository(home: homes.Home) -> Application:
    from semper_host.cli.own_repository import directory_of, through
    from service_repo import writing

    return writing.app_in(directory_of(home), through(home.config))
