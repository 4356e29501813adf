"""From a mail address to its servers, against a name server, a web server and mail servers on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent import accounts
from agent.discovery import Discovery, discover, known
from agent.discovery.internet import RealInternet
from agent.discovery.values import Login
from agent.urls import parse_url
from tests.conftest import without
from tests.discovery.test_autoconfig import file, server
from tests.servers.certificates import Certificate, openssl_available, self_signed
from tests.servers.name_server import Records, served
from tests.servers.pages import SLOW, Pages
from tests.servers.ports import free_ports
from tests.servers.scripted import Scripted, silent

CLAIRE = "claire@mentor.example"
USER = "claire%40mentor.example"
PATH = "/mail/config-v1.1.xml"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
HERE = ["127.0.0.1"]
NAMES = ("mentor.example", "*.mentor.example", "*.host.example")


@dataclass
class Net:
    """An Internet of one machine."""

    certificate: Certificate
    records: Records
    web: Pages
    door: tuple[str, int]
    ports: dict[int, int] = field(default_factory=dict)

    def internet(self, each: float = 5.0, in_all: float = 20.0) -> RealInternet:
        ports = {443: self.web.port, 993: 1, 465: 1} | self.ports
        return RealInternet([self.door], trust=self.certificate.client, ports=ports, each=each, in_all=in_all)

    def find(self, address: str = CLAIRE) -> Discovery:
        return discover(address, self.internet())

    def tries(self, words: str) -> bool:
        return any(words in line for line in self.find().tried)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if not openssl_available():
        without("TLS (install openssl)")
    return self_signed(tmp_path_factory.mktemp("names"), *NAMES)


@pytest.fixture
def net(trusted: Certificate) -> Iterator[Net]:
    with ExitStack() as stack:
        records = Records()
        web = stack.enter_context(Pages(trusted))
        yield Net(trusted, records, web, stack.enter_context(served(records)))


def parts(found: Discovery) -> dict[str, str]:
    return {part: suggestion.url for part, suggestion in found.parts.items()}


# -- providers that are known


def test_a_known_provider_is_found_without_asking_anybody_but_for_the_calendar(net: Net) -> None:
    found = net.find("claire.martin@orange.fr")
    assert parts(found) == {
        "mailbox": "imaps://claire.martin%40orange.fr@imap.orange.fr",
        "smtp": "smtps://claire.martin%40orange.fr@smtp.orange.fr",
    }
    assert net.records.asked == ["_caldavs._tcp.orange.fr SRV"]
    assert net.web.asked == []


def test_a_provider_whose_calendar_is_known_asks_nobody_at_all(net: Net) -> None:
    assert parts(net.find("claire@icloud.com")) == {
        "mailbox": "imaps://claire@imap.mail.me.com",
        "smtp": "smtp+starttls://claire%40icloud.com@smtp.mail.me.com",
        "calendar": "caldav+https://claire%40icloud.com@caldav.icloud.com/",
    }
    assert net.records.asked == []


def test_a_domain_of_one_s_own_is_known_by_where_its_mail_goes(net: Net) -> None:
    net.records.records["mentor.example MX"] = ["5 alt.other.test.", "1 ASPMX.L.Google.com."]
    found = net.find()
    assert parts(found)["mailbox"] == f"imaps://{USER}@imap.gmail.com"
    assert found.login is Login.APP_PASSWORD
    assert "app password" in found.advice[0]
    assert "calendar" not in found.parts


def test_a_company_at_microsoft_365_is_pointed_to_graph(net: Net) -> None:
    net.records.records["mentor.example MX"] = ["0 mentor-example.mail.protection.outlook.com."]
    found = net.find()
    assert parts(found)["mailbox"] == "graph://claire@mentor.example"
    assert found.login is Login.OAUTH2


def test_a_name_that_only_ends_alike_is_not_taken_for_a_provider(net: Net) -> None:
    net.records.records["mentor.example MX"] = ["0 mx.notgoogle.com."]
    assert net.find().parts == {}


def test_every_shipped_provider_is_a_whole_and_its_addresses_can_be_used() -> None:
    hosts = known.known()
    assert len(hosts) > 20
    domains = [domain for host in hosts for domain in host.domains]
    assert len(domains) == len(set(domains))
    for host in hosts:
        assert host.domains or host.mx, host.name
        found = host.urls("claire.martin+cours@mentor.example")
        assert "mailbox" in found or host.login is Login.BRIDGE, host.name
        schemes = {"mailbox": (*accounts.MAIL, "graph"), "smtp": accounts.OUT, "calendar": accounts.CALENDARS}
        for part, url in found.items():
            scheme = urlsplit(url).scheme
            assert scheme in schemes[part], url
            assert scheme not in {"imap", "smtp", "caldav+http"}, url
            if scheme != "graph":
                user = parse_url(url, schemes[part]).user
                assert user in {"claire.martin+cours@mentor.example", "claire.martin+cours"}, url
        if host.login is not Login.PASSWORD:
            assert host.advice, host.name


# -- autoconfig


def test_what_a_domain_publishes_for_mail_programs_is_taken(net: Net) -> None:
    net.records.records["autoconfig.mentor.example A"] = HERE
    net.web.pages[f"autoconfig.mentor.example{PATH}"] = file(
        server("imap", "imap.elsewhere.test"), server("smtp", "smtp.elsewhere.test", 465)
    )
    found = net.find()
    assert parts(found) == {
        "mailbox": f"imaps://{USER}@imap.elsewhere.test",
        "smtp": f"smtps://{USER}@smtp.elsewhere.test",
    }
    assert all(suggestion.outside == "" for suggestion in found.parts.values())  # the domain's certificate vouches
    assert net.web.asked == [f"autoconfig.mentor.example{PATH}?emailaddress=claire%40mentor.example"]


def test_it_is_looked_for_on_the_domain_s_own_site_and_redirects_are_followed_within_https(net: Net) -> None:
    net.records.records |= {"mentor.example A": HERE, "www.mentor.example A": HERE}
    net.web.pages[f"mentor.example{WELL_KNOWN}"] = b"https://www.mentor.example/config.xml"
    net.web.pages["www.mentor.example/config.xml"] = file(server("imap"))
    assert parts(net.find())["mailbox"] == f"imaps://{USER}@mail.host.example"
    net.web.pages[f"mentor.example{WELL_KNOWN}"] = b"https://mentor.example" + WELL_KNOWN.encode()
    assert net.tries("autoconfig at mentor.example: HTTP 302")


def test_a_mail_provider_s_file_is_asked_for_without_the_address_and_is_to_be_confirmed(net: Net) -> None:
    net.records.records |= {"mentor.example MX": ["10 mx1.host.example."], "autoconfig.host.example A": HERE}
    net.web.pages[f"autoconfig.host.example{PATH}"] = file(server("imap"))
    found = net.find()
    assert found.parts["mailbox"].outside == "mail.host.example"
    assert net.web.asked == [f"autoconfig.host.example{PATH}"]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "HTTP 404"),
        (b"<html>Welcome</html>", "no autoconfig file"),
        (b"not even that", "no XML"),
        (b"x" * 200_000, "more than 100 kB"),
        (file(server("imap", port=143, security="plain")), "no server that can be used (passed over: imap at"),
        (b"https://user@:99999/", "sent on to"),
    ],
)
def test_a_page_that_is_no_help_is_said(net: Net, page: bytes | None, words: str) -> None:
    net.records.records["autoconfig.mentor.example A"] = HERE
    if page is not None:
        net.web.pages[f"autoconfig.mentor.example{PATH}"] = page
    assert net.tries(words), net.find().tried


def test_a_certificate_that_nobody_vouches_for_ends_it(net: Net, tmp_path: Path) -> None:
    other = Pages(self_signed(tmp_path, "autoconfig.mentor.example"), net.web.pages)
    net.records.records["autoconfig.mentor.example A"] = HERE
    net.web.pages[f"autoconfig.mentor.example{PATH}"] = file(server("imap"))
    with other:
        net.ports[443] = other.port
        found = net.find()
    assert found.parts == {}
    assert [line for line in found.tried if "not trusted" in line]
    assert other.asked == []


def test_a_server_that_trickles_costs_five_seconds_and_no_more(net: Net) -> None:
    net.records.records["autoconfig.mentor.example A"] = HERE
    net.web.pages[f"autoconfig.mentor.example{PATH}"] = SLOW
    start = time.monotonic()
    found = discover(CLAIRE, net.internet(each=0.5))
    assert time.monotonic() - start < 3
    assert any("no answer in time" in line for line in found.tried)


# -- SRV records


def test_services_named_by_the_dns_are_taken_in_their_order(net: Net) -> None:
    net.records.records |= {
        "_imaps._tcp.mentor.example SRV": ["20 0 993 second.mentor.example.", "10 0 9993 first.mentor.example."],
        "_submission._tcp.mentor.example SRV": ["0 0 587 out.mentor.example."],
        "_caldavs._tcp.mentor.example SRV": ["0 0 443 dav.mentor.example."],
        "_caldavs._tcp.mentor.example TXT": ['"path=/dav/calendars"'],
    }
    found = net.find()
    assert parts(found) == {
        "mailbox": f"imaps://{USER}@first.mentor.example:9993",
        "smtp": f"smtp+starttls://{USER}@out.mentor.example",
        "calendar": f"caldav+https://{USER}@dav.mentor.example/dav/calendars",
    }
    assert {suggestion.outside for suggestion in found.parts.values()} == {""}


def test_a_service_elsewhere_is_to_be_confirmed(net: Net) -> None:
    net.records.records["_imaps._tcp.mentor.example SRV"] = ["0 0 993 imap.evil.test."]
    assert net.find().parts["mailbox"].outside == "imap.evil.test"


def test_a_service_that_the_dns_says_is_not_there_is_none(net: Net) -> None:
    net.records.records["_imaps._tcp.mentor.example SRV"] = ["0 0 0 ."]
    found = net.find()
    assert found.parts == {}
    assert "SRV _imaps._tcp.mentor.example: none" in found.tried


# -- usual names


def test_a_usual_name_counts_where_a_mail_server_greets_with_its_own_certificate(
    net: Net, trusted: Certificate
) -> None:
    net.records.records |= {"mail.mentor.example A": HERE}
    with _greeting(trusted, b"* OK ready\r\n") as imap, _greeting(trusted, b"220 ready\r\n") as smtp:
        net.ports |= {993: imap.port, 465: smtp.port}
        assert parts(net.find()) == {
            "mailbox": f"imaps://{USER}@mail.mentor.example",
            "smtp": f"smtps://{USER}@mail.mentor.example",
        }


def test_each_way_a_guess_can_fail_is_said(net: Net, tmp_path: Path, trusted: Certificate) -> None:
    net.records.records["imap.mentor.example A"] = HERE
    other = self_signed(tmp_path, "imap.other.test")
    net.ports[993] = free_ports(1)[0]
    assert net.tries("imap.mentor.example:993: connection refused")
    assert net.tries("mail.mentor.example:993: no such name")
    with _greeting(other, b"* OK ready\r\n") as server_:
        net.ports[993] = server_.port
        assert net.tries("imap.mentor.example:993: connected, but")
        assert net.find().parts == {}
    with _greeting(trusted, b"HTTP/1.1 400 Bad Request\r\n") as server_:
        net.ports[993] = server_.port
        assert net.tries("imap.mentor.example:993: connected, but it is no mail server")
    with Scripted(lambda sock: sock.sendall(b"* OK plain text\r\n")) as plain:
        net.ports[993] = plain.port
        assert net.tries("imap.mentor.example:993: connected, but it speaks no TLS")


def test_a_certificate_for_another_name_is_said_with_that_name(net: Net, trusted: Certificate) -> None:
    net.records.records |= {"imap.else.test A": HERE}
    with _greeting(trusted, b"* OK ready\r\n") as server_:
        net.ports[993] = server_.port
        found = discover("claire@else.test", net.internet())
    (line,) = [line for line in found.tried if line.startswith("imap.else.test:993: ")]
    assert line.endswith("its certificate is for 127.0.0.1, mentor.example, *.mentor.example and others")
    assert found.parts == {}


def test_an_exchange_server_is_pointed_to_in_words(net: Net) -> None:
    net.records.records["autodiscover.mentor.example A"] = HERE
    found = net.find()
    assert found.parts == {}
    assert "ews://" in found.advice[0]


# -- time, and no network


def test_without_a_network_it_is_said_once_and_takes_one_time_out(net: Net) -> None:
    net.records.away = True
    start = time.monotonic()
    found = discover(CLAIRE, net.internet(each=0.5))
    assert time.monotonic() - start < 3
    assert found.parts == {}
    assert "is this machine on the network?" in found.tried[0]
    assert len([line for line in found.tried if "not asked" in line]) == len(found.tried) - 1


def test_the_whole_search_has_an_end(net: Net) -> None:
    net.records.records |= {f"{name}.mentor.example A": HERE for name in ("autoconfig", "imap", "mail")}
    net.records.records["mentor.example A"] = HERE
    with Scripted(silent) as hung:
        net.ports |= {443: hung.port, 993: hung.port}
        start = time.monotonic()
        found = discover(CLAIRE, net.internet(each=0.4, in_all=1.0))
        assert time.monotonic() - start < 3
    assert any("the search has had its 1 seconds" in line for line in found.tried)


@pytest.mark.parametrize("address", ["claire@" + "x" * 300 + ".example", "claire@..", "claire@\udcff.example", "@", ""])
def test_an_address_that_leads_nowhere_is_no_accident(net: Net, address: str) -> None:
    assert discover(address, net.internet()).parts == {}


def test_a_domain_in_another_script_is_asked_for_as_the_dns_wants_it(net: Net) -> None:
    discover("claire@école.example", net.internet())
    assert net.records.asked[0] == "xn--cole-9oa.example MX"


def _greeting(certificate: Certificate, words: bytes) -> Scripted:
    context = certificate.server()

    def play(connection: object) -> None:
        with context.wrap_socket(connection, server_side=True) as sock:  # type: ignore[arg-type]  # what Scripted gives
            sock.sendall(words)
            sock.recv(100)

    return Scripted(play)
