"""Finds a mentor's servers from the mail address alone, in this order of trust.

1. Providers that are known (config/hosts.toml), by the address's domain and by its MX records.
2. Thunderbird's autoconfig file, over HTTPS only: at the domain itself, then at the domain of its MX.
3. SRV records (RFC 6186, RFC 8314, RFC 6764). The DNS is not signed: a host outside the domain is to be confirmed.
4. Usual names, believed only where a mail server greets with a verified certificate.

What is found is a suggestion: `init` still asks, and tries it. Nothing here ever sends a password, and nobody but the
domain and its own mail provider is asked; in particular not a directory that would learn whose customer the mentor is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from agent.discovery import autoconfig, known
from agent.discovery.known import Host, within
from agent.discovery.values import Discovery, Internet, Login, NoAnswerError, Suggestion

__all__ = ["Discovery", "Internet", "Login", "Suggestion", "discover"]

_SRV = {  # by part: service, scheme, its usual port
    "mailbox": (("_imaps", "imaps", 993),),
    "smtp": (("_submissions", "smtps", 465), ("_submission", "smtp+starttls", 587)),
}
_GUESSES = (("mailbox", "imaps", 993, ("imap", "mail"), b"* "), ("smtp", "smtps", 465, ("smtp", "mail"), b"220"))
_EXCHANGE = (
    "{host} exists: this may be an Exchange server. If it is one, the mailbox is ews://{user}@{where}/, with the name"
    " of its web access for the host."
)


def discover(address: str, internet: Internet, hosts: Iterable[Host] | None = None) -> Discovery:
    """Everything that can be found for `address`. Never raises for what the network does: `tried` has it in words."""
    search = _Search(address, internet, tuple(hosts if hosts is not None else known.known()))
    search.run()
    return Discovery(search.parts, search.login, tuple(search.advice), tuple(search.tried))


@dataclass
class _Search:
    address: str
    internet: Internet
    hosts: tuple[Host, ...]
    parts: dict[str, Suggestion] = field(default_factory=dict)
    login: Login = Login.PASSWORD
    advice: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    no_calendar: bool = False

    @property
    def domain(self) -> str:
        """What stands after the @, as the DNS wants it (RFC 5891)."""
        domain = self.address.rpartition("@")[2].lower()
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")

    def run(self) -> None:
        try:
            domain = self.domain
        except UnicodeError:
            self.tried.append("the address's domain is no name that can be looked up")
            return
        if host := known.by_domain(domain, self.hosts):
            self._provider(host, f"{host.name}, known by the domain {domain}")
        else:
            self._ask(domain)
        if "calendar" not in self.parts and not self.no_calendar:
            self._calendar(domain)

    def _ask(self, domain: str) -> None:
        mail_hosts = self._mail_hosts(domain)
        for name in mail_hosts:
            if host := known.by_mail_host(name, self.hosts):
                self._provider(host, f"{host.name}, where mail to {domain} goes (MX {name})")
                return
        above = dict.fromkeys(name.partition(".")[2] for name in mail_hosts if name.count(".") >= 2)
        if self._autoconfig(domain, above):
            return
        self._services(domain)
        self._guess(domain)
        if "mailbox" not in self.parts:
            self._exchange(domain)

    def _provider(self, host: Host, source: str) -> None:
        self.parts |= {part: Suggestion(url, source) for part, url in host.urls(self.address).items()}
        self.login = host.login
        self.advice += [text for text in (host.advice, host.calendar_advice) if text]
        self.no_calendar = bool(host.calendar_advice)
        self.tried.append(f"the shipped list of providers: {source}")

    def _mail_hosts(self, domain: str) -> tuple[str, ...]:
        try:
            found = self.internet.mail_hosts(domain)
        except NoAnswerError as error:
            self.tried.append(f"MX of {domain}: {error}")
            return ()
        self.tried.append(f"MX of {domain}: {', '.join(found) or 'none'}")
        return found

    def _autoconfig(self, domain: str, above: Iterable[str]) -> bool:
        """At the domain, which is told the address; else at its mail provider's, which is told nothing."""
        asked = f"?emailaddress={quote(self.address, safe='')}"
        places = [
            (f"https://autoconfig.{domain}/mail/config-v1.1.xml{asked}", True),
            (f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml{asked}", True),
            *((f"https://autoconfig.{name}/mail/config-v1.1.xml", within(name, domain)) for name in above),
        ]
        for url, ours in places:
            where = urlsplit(url).hostname or ""
            try:
                found = autoconfig.read(self.internet.fetch(url), self.address)
            except NoAnswerError as error:
                self.tried.append(f"autoconfig at {where}: {error}")
                continue
            self.tried.append(f"autoconfig at {where}: {_listed(found.urls)}{_passed_over(found.passed_over)}")
            if "mailbox" in found.urls:
                source = f"the configuration that {where} publishes for mail programs"
                for part, suggested in found.urls.items():
                    self._suggest(part, suggested, source, certain=ours)
                self.login = found.login
                return True
        return False

    def _services(self, domain: str) -> None:
        for part, services in _SRV.items():
            for service, scheme, usual in services:
                self._service(part, f"{service}._tcp.{domain}", scheme, usual)

    def _service(self, part: str, name: str, scheme: str, usual: int, path: str = "") -> None:
        if part in self.parts:
            return
        try:
            found = self.internet.services(name)
        except NoAnswerError as error:
            self.tried.append(f"SRV {name}: {error}")
            return
        self.tried.append(f"SRV {name}: {', '.join(f'{one.host}:{one.port}' for one in found) or 'none'}")
        if found:
            where = found[0].host if found[0].port == usual else f"{found[0].host}:{found[0].port}"
            url = f"{scheme}://{quote(self.address, safe='')}@{where}{path}"
            self._suggest(part, url, f"the DNS (SRV {name})", certain=False)

    def _calendar(self, domain: str) -> None:
        name = f"_caldavs._tcp.{domain}"
        self._service("calendar", name, "caldav+https", 443, "/")
        found = self.parts.get("calendar")
        if found is None:
            return
        try:
            texts = self.internet.texts(name)
        except NoAnswerError:
            return  # RFC 6764 section 4: most have none
        path = next((text.partition("=")[2] for text in texts if text.lower().startswith("path=/")), "/")
        self.parts["calendar"] = Suggestion(
            found.url.removesuffix("/") + quote(path, safe="/%@:"), found.source, found.outside
        )

    def _suggest(self, part: str, url: str, source: str, *, certain: bool) -> None:
        host = urlsplit(url).hostname or ""
        outside = "" if certain or within(host, self.domain) else host
        self.parts[part] = Suggestion(url, source, outside)

    def _guess(self, domain: str) -> None:
        """The way out is guessed only where the mailbox was: another provider's would be a wild guess."""
        for part, scheme, port, names, greeting in _GUESSES:
            if part in self.parts or (part == "smtp" and "mailbox" not in self.parts):
                continue
            for name in names:
                host = f"{name}.{domain}"
                try:
                    said = self.internet.greeting(host, port)
                except NoAnswerError as error:
                    self.tried.append(f"{host}:{port}: {error}")
                    continue
                if said.startswith(greeting):
                    self.tried.append(f"{host}:{port}: a mail server with a certificate for that name")
                    url = f"{scheme}://{quote(self.address, safe='')}@{host}"
                    self._suggest(part, url, "a usual name, and a server that answers there", certain=True)
                    break
                self.tried.append(f"{host}:{port}: connected, but it is no mail server")

    def _exchange(self, domain: str) -> None:
        host = f"autodiscover.{domain}"
        try:
            there = self.internet.exists(host)
        except NoAnswerError as error:
            self.tried.append(f"{host}: {error}")
            return
        if there:
            self.tried.append(f"{host}: exists")
            user = quote(self.address, safe="")
            self.advice.append(_EXCHANGE.format(host=host, user=user, where=f"mail.{domain}"))


def _listed(urls: Mapping[str, str]) -> str:
    return ", ".join(urls) or "no server that can be used"


def _passed_over(others: Iterable[str]) -> str:
    listed = ", ".join(others)
    return f" (passed over: {listed})" if listed else ""
