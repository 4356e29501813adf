"""What the commands' words share: options, and where the settings are."""

from __future__ import annotations

from pathlib import Path

import click

INSTANT = "ISO 8601 with zone, for instance 2026-11-24T09:00+01:00"

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
FUNDINGS = click.Choice(["self_funded", "funded", "apprenticeship", "social", "unknown"])
at_instant = click.option("--now", metavar="ISO", help=f"Instant to judge at: {INSTANT}. Default: now.")


def settings_path(given: Path | None) -> Path:
    """The settings file: as given, or in the user's config directory (XDG on Linux)."""
    if given is not None:
        return given.expanduser().absolute()
    from platformdirs import user_config_path  # noqa: PLC0415

    return user_config_path("mentor-agent", appauthor=False) / "agent.toml"
