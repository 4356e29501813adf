"""From an address or a bare host to the calendar that is meant, with the password sent nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dns.resolver
import pytest
from dns.nameserver import Do53Nameserver

from agent.connectors.caldav import CaldavCalendar
from agent.connectors.caldav_find import dns_services
from agent.errors import RefusedLoginError, TerminalError, TransientError
from tests.connectors.conftest import event
from tests.servers.caldav_servers import Radicale, RemoteCalendar, Xandikos
from tests.servers.name_server import Records, served
from tests.servers.poor_caldav import Asked, PoorCaldav
from tests.servers.ports import free_ports

PASSWORD = "correct-horse"


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    """A server with a session in the calendar “Mentorat”; “Absences” comes before it, “Tâches” takes no events."""
    with Radicale(tmp_path / "radicale", password=PASSWORD) as server:
        RemoteCalendar(server, "Absences").put("off.ics", event("off"))
        RemoteCalendar(server, "Mentorat").put("lea.ics", event("lea"))
        RemoteCalendar(server, "Taches", component="VTODO")
        yield server


def read(calendar: CaldavCalendar) -> list[str]:
    return [item.href for item in calendar.poll(None).changed]


def at(port: int, path: str = "/", which: str = "Mentorat", **more: object) -> CaldavCalendar:
    return CaldavCalendar(f"http://127.0.0.1:{port}{path}", "mentor", PASSWORD, which=which, **more)  # type: ignore[arg-type]


def leads(port: int, where: str, status: int = 301) -> PoorCaldav:
    """A server whose well-known address leads there, and whose first page is a web site."""

    def play(asked: Asked) -> tuple[int, dict[str, str], bytes] | None:
        if asked.path == "/.well-known/caldav":
            return status, {"Location": where}, b""
        return (200, {"Content-Type": "text/html"}, b"<html>Bienvenue</html>") if asked.path == "/" else None

    return PoorCaldav(port, play=play)


def test_a_bare_host_is_enough(radicale: Radicale) -> None:
    calendar = at(radicale.port)

    assert read(calendar) == ["/mentor/Mentorat/lea.ics"]
    assert calendar.check() == [f"calendar “Mentorat” at http://127.0.0.1:{radicale.port}/mentor/Mentorat/: 1 entries"]
    cursor = calendar.poll(None).cursor
    assert not calendar.poll(cursor).complete


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_well_known_address_leads_to_where_calendars_are_kept(radicale: Radicale, status: int) -> None:
    with leads(radicale.port, "/mentor/", status) as server:
        assert read(at(server.port)) == ["/mentor/Mentorat/lea.ics"]
        assert all("authorization" not in asked.headers for asked in server.asked if "well-known" in asked.path)


def test_a_principal_is_enough_though_its_home_is_elsewhere(tmp_path: Path) -> None:
    with Xandikos(tmp_path / "kept") as server:
        RemoteCalendar(server, "calendars/calendar", make=False).put("lea.ics", event("lea"))
        url = re.sub(r"/mentor/$", "/", server.home)

        assert read(CaldavCalendar(url, "mentor", "")) == ["/mentor/calendars/calendar/lea.ics"]


def test_another_host_gets_no_password_and_is_named_for_the_mentor_to_write_down(radicale: Radicale) -> None:
    with PoorCaldav(radicale.port) as other, leads(radicale.port, f"http://localhost:{other.port}/mentor/") as server:
        with pytest.raises((TerminalError, TransientError)) as caught:
            read(at(server.port))

        assert "sends on to localhost: if that is right, write caldav+https://USER@localhost/" in str(caught.value)
        assert other.asked == []


def test_a_redirect_away_from_tls_is_not_followed(radicale: Radicale) -> None:
    with leads(radicale.port, "ftp://127.0.0.1/mentor/") as server, pytest.raises(TransientError, match="not followed"):
        read(at(server.port))


def test_a_well_known_address_that_leads_nowhere_ends(radicale: Radicale) -> None:
    with leads(radicale.port, "/.well-known/caldav") as server, pytest.raises(TransientError):
        read(at(server.port))
    assert len([asked for asked in server.asked if "well-known" in asked.path]) <= 5


def test_the_dns_says_where_calendars_are_kept(radicale: Radicale) -> None:
    nobody = free_ports(1)[0]

    def services(domain: str, secure: bool) -> list[tuple[str, int, str]]:
        assert (domain, secure) == ("127.0.0.1", False)
        return [("127.0.0.1", nobody, "/mentor/"), ("127.0.0.1", radicale.port, "/mentor/")]

    assert read(at(nobody, services=services)) == ["/mentor/Mentorat/lea.ics"]


def test_a_stranger_in_the_dns_gets_no_password(radicale: Radicale) -> None:
    with PoorCaldav(radicale.port) as stranger:
        calendar = at(free_ports(1)[0], services=lambda _, __: [("localhost", stranger.port, "/mentor/")])
        with pytest.raises(TransientError, match="the DNS says that localhost keeps it: if that is right"):
            read(calendar)

        assert stranger.asked == []


def test_records_are_read_best_first_with_their_path_and_silence_is_no_record() -> None:
    zone = Records(
        {
            "_caldavs._tcp.example.org SRV": ["20 1 8443 far.example.org.", "10 1 443 dav.example.org."],
            "_caldavs._tcp.example.org TXT": ['"path=/dav/"'],
            "_caldav._tcp.example.org SRV": ["0 0 0 ."],
        }
    )
    with served(zone) as (address, port):
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = [Do53Nameserver(address, port)]
        assert dns_services("example.org", True, resolver) == [
            ("dav.example.org", 443, "/dav/"),
            ("far.example.org", 8443, "/dav/"),
        ]
        assert dns_services("example.org", False, resolver) == []
        assert dns_services("other.example", True, resolver) == []
    assert dns_services("127.0.0.1", True) == []
    assert dns_services("localhost", True) == []


def test_a_calendar_is_meant_by_its_name_or_its_url(radicale: Radicale) -> None:
    home = f"http://127.0.0.1:{radicale.port}/mentor/Mentorat/"
    for which in ("Mentorat", "mentorat", home, home.rstrip("/"), "/mentor/Mentorat/"):
        assert read(at(radicale.port, which=which)) == ["/mentor/Mentorat/lea.ics"]
    assert read(at(radicale.port, path="/mentor/Absences/", which="Mentorat")) == ["/mentor/Mentorat/lea.ics"]
    assert read(at(radicale.port, which="")) == ["/mentor/Absences/off.ics"]


def test_a_name_that_no_calendar_has_is_answered_with_those_there_are(radicale: Radicale) -> None:
    with pytest.raises(
        TerminalError, match=r"no calendar for events called “Sport”; there are: “Absences”, “Mentorat”"
    ):
        read(at(radicale.port, path="/mentor/", which="Sport"))


def test_a_name_that_two_calendars_have_is_asked_about(radicale: Radicale) -> None:
    remote = RemoteCalendar(radicale, "other")
    (remote_folder,) = [path for path in radicale.folder.rglob("other") if path.is_dir()]
    props = remote_folder / ".Radicale.props"
    props.write_text(props.read_text().replace('"other"', '"Mentorat"'))

    with pytest.raises(TerminalError, match="several calendars are called “Mentorat”: write the URL"):
        read(at(radicale.port, path="/mentor/"))
    assert read(at(radicale.port, path="/mentor/", which=remote.url)) == []


def test_a_wrong_password_is_tried_once_however_many_places_there_are(radicale: Radicale) -> None:
    with PoorCaldav(radicale.port) as server:
        with pytest.raises(RefusedLoginError):
            CaldavCalendar(f"http://127.0.0.1:{server.port}/", "mentor", "wrong").poll(None)

        assert len([asked for asked in server.asked if "authorization" in asked.headers]) == 1


def test_a_host_without_calendars_says_where_was_looked() -> None:
    with pytest.raises(TransientError, match=r"no calendar found|cannot be reached"):
        read(at(free_ports(1)[0]))
