"""What `init` makes of a search for servers: says what was found and whose word it is, or what was tried in vain."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import click

from agent import accounts
from agent.discovery import Discovery, Internet, Login, Suggestion, discover
from agent.discovery.values import NOT_ASKED
from agent.urls import is_whole

AUTO = "auto"
"""As a URL among the options: whatever is found."""

_SCHEMES = {"mailbox": accounts.MAIL, "smtp": accounts.OUT, "calendar": accounts.CALENDARS}
_SIGN_IN = "Here a program signs in with OAuth2: `mentor-agent login` does, once the settings are written."
_BY_HAND = (
    "Your provider's help page on mail programs names the servers: look for IMAP (TLS, port 993) and SMTP.",
    "Then imaps://HOST is enough below, where the user name is your address; a folder on this machine works too.",
)


def look(address: str, internet: Internet) -> dict[str, str]:
    """Search, and tell the mentor; the URLs to suggest, by part of the settings."""
    domain = address.rpartition("@")[2]
    click.echo(f"Looking for the servers of {domain} (at most 20 seconds) ...")
    found = discover(address, internet)
    urls, confirmed = {}, set[str]()
    for part, suggestion in found.parts.items():
        if not _can_be_connected(part, suggestion):
            click.echo(f"  {part}: would be {suggestion.url}, which this version does not connect yet.")
        elif suggestion.outside in {"", *confirmed} or _confirm(part, suggestion, domain):
            confirmed.add(suggestion.outside)
            urls[part] = suggestion.url
    for source in dict.fromkeys(found.parts[part].source for part in urls):
        click.echo(f"  found: {', '.join(part for part in urls if found.parts[part].source == source)}; from {source}")
    _advise(found, urls)
    return urls


def fill(data: dict[str, Any], internet: Internet) -> list[str]:
    """Put what is found where an option says "auto"; what is wrong with the others, as "key.path: what"."""
    wanted = [part for part in _SCHEMES if data[part].get("url") == AUTO]
    address = data["mentor"].get("address", "")
    if not wanted or "@" not in address:
        return []
    found = discover(address, internet)
    problems = []
    for part in wanted:
        if part != "mailbox" and is_whole(data["mailbox"].get("url", "")):
            del data[part]["url"]  # the mailbox's account does this too
            continue
        suggestion = found.parts.get(part)
        del data[part]["url"]
        if suggestion is not None and not suggestion.outside and _can_be_connected(part, suggestion):
            data[part]["url"] = suggestion.url
            click.echo(f"{part}: {suggestion.url}, from {suggestion.source}")
        else:
            problems.append(f"{part}.url: {_why_not(part, suggestion, found)}")
            data[part]["url"] = _STANDING_IN[part]  # so that it is not called missing as well
    return problems


_STANDING_IN = {"mailbox": "maildir:///nowhere", "smtp": "maildir:///nowhere", "calendar": "dir:///nowhere"}


def _why_not(part: str, suggestion: Suggestion | None, found: Discovery) -> str:
    if suggestion is None:
        said = "; ".join((*found.tried, *found.advice))
        return f"nothing was found for auto, give the URL itself. Tried: {said}"
    if not _can_be_connected(part, suggestion):
        return f"auto found {suggestion.url}, which this version does not connect yet. {' '.join(found.advice)}"
    host, source = suggestion.outside, suggestion.source
    return f"auto found {suggestion.url}, which only {source} says, unsigned: if {host} is yours, give that URL itself"


def _can_be_connected(part: str, suggestion: Suggestion) -> bool:
    return urlsplit(suggestion.url).scheme in _SCHEMES[part]


def _confirm(part: str, suggestion: Suggestion, domain: str) -> bool:
    """A name outside the mail address's domain that nothing but the unsigned DNS gives (RFC 6186 section 4)."""
    click.echo(f"  {part}: {suggestion.source} names {suggestion.outside}, which does not belong to {domain}.")
    return click.confirm("  Is that your provider? Your password would go there", default=False)


def _advise(found: Discovery, urls: dict[str, str]) -> None:
    for text in found.advice:
        click.echo(f"  {text}")
    if found.login is Login.OAUTH2 and "mailbox" in urls:
        click.echo(f"  {_SIGN_IN}")
    if "mailbox" in urls:
        click.echo("  Enter takes what was found, at each of the next questions.")
        return
    click.echo("  No mailbox was found. What was tried, and what came back:")
    asked = [line for line in found.tried if NOT_ASKED not in line]
    for line in asked:
        click.echo(f"    {line}")
    if len(asked) < len(found.tried):
        click.echo(f"    the other {len(found.tried) - len(asked)} places were not asked any more")
    for line in _BY_HAND:
        click.echo(f"  {line}")
