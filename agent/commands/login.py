"""`login`: signs in where an account wants a person for that, and asks its servers whether it holds."""

from __future__ import annotations

import os
import time
import webbrowser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from agent import config, probe, signin
from agent.commands import graph_setup
from agent.config import Settings
from agent.errors import ConfigError, TerminalError


def login(path: Path, *, browser: bool | None) -> None:
    """Sign in and try. ConfigError where nothing in the settings signs in, TerminalError where it does not hold."""
    settings = config.load(path)
    if graph_setup.signs_in(settings):
        graph_setup.sign_in(settings, anew=True)
    else:
        sign_in(settings, browser=browser)
    refused: set[probe.Login] = set()
    wrong = 0
    for name in ("mailbox", "smtp", "calendar"):
        for found in probe.check(name, settings, os.environ, refused):
            bad = found.verdict is probe.Verdict.WRONG
            wrong += bad
            click.echo(f"  {found.verdict.value:6}{found.name}: {found.text}", err=bad)
    click.echo("`mentor-agent doctor` wakes an agent that runs and was refused before.")
    if wrong:
        raise TerminalError("signed in, but not everything works with it; `mentor-agent doctor` says more")


def sign_in(settings: Settings, *, browser: bool | None = None) -> None:
    """With OAuth2, for `login` and for `init`. `browser` as in `signin.sign_in`."""
    if not signin.wanted(settings):
        raise ConfigError(
            ['mailbox.auth: nothing here is signed in to: that takes auth = "oauth2", or graph.auth = "device"']
        )
    signin.sign_in(settings, os.environ, _here(), browser=browser)
    click.echo(f"Signed in as {signin.user(settings)}.")


def offer(data: dict[str, Any], name: str) -> None:
    """For `init`: whether a mail server is signed in to with OAuth2. The answers go into the settings' data."""
    part, chosen = data[name], data.get("oauth2", {})
    provider = signin.provider_of(urlsplit(part["url"]).hostname or "")
    if provider is None:
        if "provider" in chosen:  # said of a host that was corrected
            part.pop("auth", None)
        return
    wanted = part.pop("auth", None) == "oauth2" or signin.needs_it(provider)
    if name == "smtp" and data["mailbox"].get("auth") == "oauth2" and chosen.get("provider") == provider:
        part["auth"] = "oauth2"
        return
    click.echo(
        "  Here you can sign in with OAuth2, for which a client is registered first (docs/sign-in.md)"
        + ("." if signin.needs_it(provider) else "; an app password is simpler.")
    )
    if click.confirm("  Sign in with OAuth2?", default=wanted):
        part["auth"] = "oauth2"
        client = click.prompt("  Client ID", default=chosen.get("client_id")).strip()
        data["oauth2"] = {"provider": provider, "client_id": client}


def _here() -> signin.Ways:
    def open_page(page: str) -> None:
        click.echo(f"Sign in on the page that opens; if none does, open it yourself on this machine:\n  {page}")
        webbrowser.open(page)

    return signin.Ways(click.echo, open_page, time.sleep, time.time)
