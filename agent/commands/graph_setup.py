"""Microsoft 365 in `init`: what else has to be asked, and the sign-in with a code before anything can be tried."""

from __future__ import annotations

import os
from typing import Any

import click

from agent import accounts
from agent.config import Settings


def ask(data: dict[str, Any]) -> None:
    """Complete the settings data for a mailbox that is graph://."""
    part = data.setdefault("graph", {})
    click.echo("  Microsoft 365 wants to know which app reads the mailbox: README.md says how to register one.")
    part["client_id"] = click.prompt("  Its application (client) ID", default=part.get("client_id")).strip()
    itself = click.confirm("  Does the app act by itself, with a secret of its own (else you sign in)?", default=False)
    part["auth"] = "app" if itself else "device"


def sign_in(settings: Settings, *, anew: bool = False) -> None:
    """Say a code and wait until somebody has typed it; nothing where that has been done, or is not wanted.

    `anew`: also where a sign-in is kept. RefusedLoginError, TerminalError, TransientError when it does not come about.
    """
    device = accounts.graph(settings, os.environ).connect().device if signs_in(settings) else None
    if device is not None and (anew or not device.signed_in()):
        device.sign_in(click.echo)
        click.echo(f"Signed in as {device.who}.")


def signs_in(settings: Settings) -> bool:
    """Whether the mailbox is a Microsoft 365 account that somebody signs in to."""
    return settings.graph is not None and settings.graph.auth == "device" and settings.mailbox.url.startswith("graph:")
