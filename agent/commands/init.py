"""`init`: asks or takes the options, tries every answer on the real server, and only then writes the settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from agent import config, probe, secrets
from agent.commands import graph_setup
from agent.commands.interview import Interview
from agent.commands.servers import fill, look
from agent.commands.settings_file import by_option, from_options, is_remote, problems, render, write_private
from agent.config import Settings
from agent.discovery import Internet
from agent.errors import ConfigError, TerminalError
from agent.urls import FILE_SCHEMES, parse_url


def initialise(path: Path, given: dict[str, Any], internet: Internet, *, interactive: bool) -> None:
    """Write the settings file `path`. ConfigError for options that are missing or wrong, TerminalError otherwise."""
    data = from_options(given, _state_dir(path))
    if interactive:
        _converse(path, data, internet)
    else:
        _take(path, data, internet)


def _take(path: Path, data: dict[str, Any], internet: Internet) -> None:
    """Without a word asked: everything wrong is said at once, and nothing is written unless everything works."""
    missed = fill(data, internet)
    said = _implied(data)
    if wrong := missed + problems(data, path.parent):
        raise ConfigError([by_option(problem) for problem in wrong])
    text = render(data)
    settings = config.parse(data, path.parent)
    there = _existing(path)
    if there not in (None, text):
        raise TerminalError(f"{path} exists and says something else: move it away first; it was not changed")
    for line in said:
        click.echo(line)
    found: list[probe.Finding] = []
    refused: set[probe.Login] = set()
    for name in probe.SERVERS:
        _prepare(settings, name)
        found += probe.check(name, settings, os.environ, refused)
    _show(found)
    errors = [finding.error for finding in found if finding.verdict is probe.Verdict.WRONG]
    if errors:
        message = f"{len(errors)} of the answers did not work; {path} was not written"
        raise ConfigError([message]) if any(isinstance(e, ConfigError) for e in errors) else TerminalError(message)
    _remind_of_variables(settings)
    _finish(path, text, settings, new=there is None)


def _implied(data: dict[str, Any]) -> list[str]:
    """What the options mean without saying it, set in `data`; a line on each."""
    lines = []
    mailbox, writer = data["mailbox"], data["writer"]
    if str(mailbox.get("url")).startswith("maildir:") and "authserv_id" not in mailbox:
        mailbox["trust"] = "local"
        lines.append('The mailbox is a folder: trust = "local" is set, whatever lies in it is taken as genuine.')
    if is_remote(writer["url"]):
        writer["allow_remote"] = True
        lines.append("The model is on another machine: allow_remote = true is set, notes will leave this one.")
    return lines


def _converse(path: Path, data: dict[str, Any], internet: Internet) -> None:
    if path.exists():
        click.confirm(f"{path} exists. Replace it at the end?", abort=True)
    interview = Interview(data, path.parent, _prepare, _show, lambda address: look(address, internet))
    interview.hold()
    used = {probe.keyring_account(name, config.parse(data, path.parent)) for name in probe.SERVERS}
    kept: dict[str, str] = {}
    for (kind, key), value in interview.passwords.items():
        if key not in used:
            continue  # of an answer that was corrected
        if kept.setdefault(key, value) == value and secrets.keep(key, value):
            click.echo(f"The password of {key} is in the keyring.")
        else:  # no keyring, or another service on the same host has another password for the same user
            _keep_in_file(path, data, kind, key, value)
    _finish(path, render(data), config.parse(data, path.parent), new=True)


def _keep_in_file(path: Path, data: dict[str, Any], kind: str, key: str, value: str) -> None:
    """Into a file beside the settings, which they name and only its owner can read."""
    file = path.with_name(f"{path.stem}.{kind}.password")
    write_private(file, value + "\n")
    table, entry = ("writer", "key_file") if kind == "llm" else (kind, "password_file")
    data[table][entry] = file.name
    click.echo(f"The keyring cannot hold it: the password of {key} is in {file}, which only you can read.")


def _prepare(settings: Settings, name: str) -> None:
    """Make the folder that a maildir: or dir: URL names, unless something else lies there; sign in where it is due."""
    if name == "writer":
        return
    if name == "mailbox":
        graph_setup.sign_in(settings)
    url = {"mailbox": settings.mailbox.url, "smtp": settings.smtp.url, "calendar": settings.calendar.url}[name]
    if url.partition(":")[0] not in FILE_SCHEMES:
        return
    address = parse_url(url, FILE_SCHEMES)
    folder = address.directory
    try:
        new = not folder.exists()
        if not new and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "cur").is_dir())):
            return  # somebody's files: the check says what is missing
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(name, address.scheme, folder)
    except OSError as error:
        raise TerminalError(f"{folder} cannot be made: {error.strerror or error}") from None
    if new:
        click.echo(f"Made the folder {folder}.")


def _create(name: str, scheme: str, folder: Path) -> None:
    if scheme == "dir":
        return
    from agent.connectors.maildir import MaildirMailbox, MaildirTransport  # noqa: PLC0415 -- only where it is used

    (MaildirMailbox if name == "mailbox" else MaildirTransport)(folder).create()


def _show(found: list[probe.Finding]) -> None:
    for finding in found:
        wrong = finding.verdict is probe.Verdict.WRONG
        click.echo(f"  {finding.verdict.value:6}{finding.name}: {finding.text}", err=wrong)
        if finding.remedy:
            click.echo(f"        {finding.remedy}", err=wrong)


def _remind_of_variables(settings: Settings) -> None:
    """A variable that is set now may not be when the agent runs."""
    asked = (probe.secret_of(name, settings) for name in probe.SERVERS if probe.keyring_account(name, settings))
    for variable in dict.fromkeys(secrets.VARIABLES[name] for name in asked):
        if os.environ.get(variable):
            click.echo(f"{variable} is not kept anywhere: set it wherever the agent runs.")


def _finish(path: Path, text: str, settings: Settings, *, new: bool) -> None:
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TerminalError(f"{settings.state_dir} cannot be made: {error.strerror or error}") from None
    if new:
        write_private(path, text)
    click.echo(f"{'Written' if new else 'Already there, unchanged'}: {path}")
    if settings.mailbox.trust != "local" and settings.mailbox.authserv_id is None:
        click.echo("Whose Authentication-Results count is learnt from the first run's welcome mail to yourself;")
        click.echo("`doctor --mail` learns it too, and tries whether a forged one would be believed.")
    if settings.mode == "shadow":
        click.echo('Mode shadow: nothing goes to others until the file says mode = "live".')
    command = "mentor-agent" if path == _default_path() else f"mentor-agent --config {path}"
    click.echo(f"Next:\n  {command} doctor    checks everything\n  {command} run       keeps watch")


def _existing(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise TerminalError(f"{path} exists and cannot be read: {error}") from None


def _default_path() -> Path:
    from platformdirs import user_config_path  # noqa: PLC0415

    return user_config_path("mentor-agent", appauthor=False) / "agent.toml"


def _state_dir(path: Path) -> str:
    """The user's data directory (XDG on Linux), or a folder beside a settings file that lies somewhere else."""
    if path != _default_path():
        return "state"
    from platformdirs import user_data_path  # noqa: PLC0415

    return str(user_data_path("mentor-agent", appauthor=False))
