"""The providers that are known from the shipped data, config/hosts.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from agent.discovery.values import Login
from agent.shipped import shipped


class Host(BaseModel):
    """One provider. URLs have {address}, {local} and {domain} for the user name; `mx` are ends of MX hosts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    mailbox: str = ""
    smtp: str = ""
    calendar: str = ""
    login: Login
    advice: str = ""
    calendar_advice: str = ""

    def urls(self, address: str) -> dict[str, str]:
        """The servers of one mail address, by "mailbox", "smtp" and "calendar"."""
        local, _, domain = address.rpartition("@")
        fields = {"address": quote(address, safe=""), "local": quote(local, safe=""), "domain": quote(domain, safe="")}
        templates = {"mailbox": self.mailbox, "smtp": self.smtp, "calendar": self.calendar}
        return {part: template.format(**fields) for part, template in templates.items() if template}


def load(path: Path) -> tuple[Host, ...]:
    """The providers in a file; an error of tomllib or pydantic for one that is broken."""
    return tuple(Host.model_validate(entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["hosts"])


@cache
def known() -> tuple[Host, ...]:
    """The shipped ones."""
    return load(shipped("hosts.toml"))


def by_domain(domain: str, hosts: Iterable[Host]) -> Host | None:
    """Whose addresses end in this domain."""
    return next((host for host in hosts if domain in host.domains), None)


def by_mail_host(name: str, hosts: Iterable[Host]) -> Host | None:
    """Who receives mail at this host."""
    return next((host for host in hosts if any(within(name, end) for end in host.mx)), None)


def within(host: str, domain: str) -> bool:
    """Whether a host is a domain or lies below it."""
    return host == domain or host.endswith(f".{domain}")
