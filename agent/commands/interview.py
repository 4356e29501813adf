"""`init` as a conversation: each answer is checked, each server is tried, until it is right or the mentor leaves."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from agent import accounts, config, probe, secrets
from agent.commands import graph_setup, login
from agent.commands.servers import AUTO
from agent.commands.settings_file import domains, is_remote, problems
from agent.config import Settings
from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError
from agent.urls import is_whole, parse_url

_LATER: dict[str, dict[str, str]] = {"smtp": {"url": "maildir:///later"}, "calendar": {"url": "dir:///later"}}
"""Stands for what has not been asked yet, so that the first server can be tried before the last is known."""

Prepare = Callable[[Settings, str], None]
Show = Callable[[list[probe.Finding]], None]
Look = Callable[[str], dict[str, str]]
"""From a mail address to the URLs of its servers, as far as they can be found, by "mailbox", "smtp", "calendar"."""


@dataclass
class Interview:
    """Fills `data`; `passwords` holds what was typed and worked, by ("mailbox" | "smtp" | ..., keyring account)."""

    data: dict[str, Any]
    base: Path
    prepare: Prepare
    show: Show
    look: Look
    passwords: dict[tuple[str, str], str] = field(default_factory=dict)
    refused: set[probe.Login] = field(default_factory=set)
    signed_in: bool = False

    def hold(self) -> None:
        """The whole conversation."""
        self._about_the_mentor()
        found = self._found()
        self._server("mailbox", "Mailbox (imaps://USER@HOST or maildir:///DIR)", found.get("mailbox"))
        if not self._is_the_mailbox_s("smtp"):
            out = self._usual_smtp(found)
            self._server("smtp", "Sending (smtps://, smtp+starttls://USER@HOST or maildir:///DIR)", out)
        if not self._is_the_mailbox_s("calendar"):
            calendar = found.get("calendar")
            self._server("calendar", "Calendar (caldav+https://USER@HOST/PATH, or dir:///DIR of .ics files)", calendar)
        self._server("writer", "OpenAI-compatible server that drafts reports (http://...), or none", "none")

    def _found(self) -> dict[str, str]:
        """What a search suggests for what the options do not give."""
        parts = [self.data[name] for name in ("mailbox", "smtp", "calendar")]
        for part in parts:
            if part.get("url") == AUTO:
                del part["url"]
        return {} if all("url" in part for part in parts) else self.look(self.data["mentor"]["address"])

    def _about_the_mentor(self) -> None:
        self._ask("mentor", "name", "Your name, as letters are signed")
        self._ask("mentor", "address", "Your e-mail address")
        self._ask("mentor", "timezone", "Your time zone")
        self._ask("mentor", "language", "Language of the mails to you (fr, en)")
        self._ask("school", "support", "Address of the school's support")
        guess = self.data["school"].get("domains") or [self.data["school"]["support"].rpartition("@")[2]]
        found: list[str] = []
        while not found:
            answer = click.prompt("Domains the school writes from, separated by commas", default=", ".join(guess))
            found = domains(tuple(answer.split(",")))
        self.data["school"]["domains"] = found

    def _ask(self, table: str, key: str, question: str, default: str | None = None) -> None:
        part = self.data[table]
        default = part.pop(key, default)
        while True:
            part[key] = click.prompt(question, default=default).strip()
            wrong = [p for p in problems(self.data, self.base) if p.startswith(f"{table}.{key}:")]
            if not wrong:
                return
            del part[key]
            for problem in wrong:
                click.echo(f"  {problem}", err=True)

    def _server(self, name: str, question: str, default: str | None) -> None:
        """Ask for one server until it answers. What was said of the last one is the next question's default."""
        while True:
            self._ask(name, "url", question, default)
            self._details(name)
            settings = self._settings()
            try:
                self.prepare(settings, name)
            except AgentError as error:
                click.echo(f"  {error}", err=True)
                continue
            typed = self._secret(name, settings)
            self._sign_in(name, settings)
            click.echo(f"  trying {self.data[name]['url']} ...")
            found = probe.check(name, settings, self._environment(typed), self.refused)
            self.show([_in_conversation(finding) for finding in found])
            errors = [finding.error for finding in found if finding.verdict is probe.Verdict.WRONG]
            if not errors:
                return
            if typed and isinstance(errors[0], RefusedLoginError):
                del self.passwords[typed]
            click.echo("  Let us try again; Ctrl-C leaves, and nothing is written.")

    def _is_the_mailbox_s(self, name: str) -> bool:
        """Whether the mailbox's account does this too; tried as the mailbox was."""
        if self.data[name] or not is_whole(self.data["mailbox"]["url"]):
            return False
        settings = self._settings()
        found = probe.check(name, settings, self._environment(self._secret(name, settings)), self.refused)
        self.show(found)
        return all(finding.verdict is not probe.Verdict.WRONG for finding in found)

    def _sign_in(self, name: str, settings: Settings) -> None:
        """Once for all servers that take it; what goes wrong is said again by the server that is tried next."""
        if probe.signs_in(name, settings) and not self.signed_in:
            try:
                login.sign_in(settings)
                self.signed_in = True
            except AgentError as error:
                click.echo(f"  {error}", err=True)

    def _details(self, name: str) -> None:
        """What some answers make necessary to ask."""
        part = self.data[name]
        if name == "mailbox" and part["url"].startswith("maildir:"):
            private = click.confirm(
                "  Is this folder private, with no mail from outside coming in (no mbsync, fetchmail, delivery)?",
                default=False,
            )
            part.pop("trust", None)
            part.update({"trust": "local"} if private else {})
        elif name == "mailbox":
            part.pop("trust", None)
            if part["url"].startswith("graph:"):
                graph_setup.ask(self.data)
            else:
                self.data.pop("graph", None)
            login.offer(self.data, name)
        elif name == "smtp":
            login.offer(self.data, name)
        elif name == "writer" and part["url"] != "none":
            part["model"] = click.prompt("  Name of the model", default=part.get("model")).strip()
            part.pop("allow_remote", None)
            if is_remote(part["url"]):
                click.echo("  This is another machine: notes would leave yours, without names and health details.")
                click.confirm("  Is that meant?", abort=True)
                part["allow_remote"] = True

    def _settings(self) -> Settings:
        later = {} if is_whole(self.data["mailbox"]["url"]) else _LATER
        return config.parse({**self.data, **{t: v for t, v in later.items() if not self.data[t]}}, self.base)

    def _secret(self, name: str, settings: Settings) -> tuple[str, str] | None:
        """Ask for a password where one is needed and none is known; under which key it now is in `passwords`."""
        kind = probe.secret_of(name, settings)
        key = probe.keyring_account(name, settings)
        if key is None:
            return None
        if (kind, key) in self.passwords:
            return kind, key
        known = secrets.find(kind, key, None)
        if known is not None and not any(known == password for _, password in self.refused):
            return None
        if name == "writer":
            value = click.prompt("  Its key (Enter for none)", default="", show_default=False, hide_input=True)
        else:
            value = self._password(name, key)
        if not value:
            return None
        if os.environ.get(secrets.VARIABLES[kind]):
            click.echo(f"  {secrets.VARIABLES[kind]} is set and comes first when the agent runs: unset it.", err=True)
        self.passwords[kind, key] = value
        return kind, key

    def _password(self, name: str, key: str) -> str:
        same = next((word for (kind, _), word in self.passwords.items() if kind == "mailbox"), None)
        if name == "mailbox" or same is None:
            return str(click.prompt(f"  Password for {key}", hide_input=True))
        question = f"  Password for {key} (Enter: the mailbox's)"
        return str(click.prompt(question, default="", show_default=False, hide_input=True)) or same

    def _environment(self, typed: tuple[str, str] | None) -> dict[str, str]:
        """Ours, with what was just typed where `agent.secrets` looks first."""
        return dict(os.environ) | ({secrets.VARIABLES[typed[0]]: self.passwords[typed]} if typed else {})

    def _usual_smtp(self, found: dict[str, str]) -> str:
        """What was found with the mailbox, if that was taken; else a guess from it, or a folder beside the Maildir."""
        if "smtp" in found and self.data["mailbox"]["url"] == found.get("mailbox"):
            return found["smtp"]
        mailbox = parse_url(self.data["mailbox"]["url"], accounts.MAIL)
        if mailbox.scheme == "maildir":
            return f"maildir://{quote(mailbox.path.rstrip('/'))}-outgoing"
        user = quote(mailbox.user or self.data["mentor"]["address"])
        host = "smtp." + mailbox.host.removeprefix("imap.") if mailbox.host.startswith("imap.") else mailbox.host
        return f"smtps://{user}@{host}"


def _in_conversation(finding: probe.Finding) -> probe.Finding:
    """With advice for somebody who has just typed the answer, and can type another."""
    error = finding.error
    if isinstance(error, RefusedLoginError):
        advice = "check the user name in the URL and the password; with two-factor login, most providers want an"
        return replace(finding, remedy=f"{advice} app password, made on their page on security")
    if isinstance(error, TransientError):
        return replace(finding, remedy="is the name spelt right, is the port (:NUMBER after it), is it switched on?")
    if isinstance(error, TerminalError) and "certificate" in str(error):
        advice = "is the host's name right? A private authority's certificates can be named: leave, and start with"
        return replace(finding, remedy=f"{advice} --ca-file FILE")
    if isinstance(error, TerminalError):
        return replace(finding, remedy="correct the URL, or what the message names")
    return finding
