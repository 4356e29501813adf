"""A settings file with mistakes names them all; one without says what it means."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agent import config
from agent.errors import ConfigError
from agent.model import Language, RuleMode
from agent.shipped import shipped
from tests.stage import settings_data

BASE = Path("/home/claire/.config/mentor-agent")


def parse(**changes: Any) -> config.Settings:
    return config.parse(settings_data(**changes), BASE)


def problems(**changes: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(**changes)
    return caught.value.problems


def test_five_mistakes_are_named_at_once_each_with_its_path() -> None:
    found = problems(
        mode="loud",
        mentor={"name": "Claire", "address": "claire at home", "timezone": "Paris/Europe"},
        mailbox={"url": "pop3://mail.mentor.example"},
        limits={"per_hour": 0},
    )
    assert [line.partition(":")[0] for line in found] == [
        "mode",
        "mentor.address",
        "mentor.timezone",
        "mailbox.url",
        "limits.per_hour",
    ]


def test_what_is_missing_and_what_is_no_setting_are_told_apart() -> None:
    found = problems(school={"domain": ["school.example"], "support": "s@school.example"}, colour="blue")
    assert sorted(found) == [
        "colour: is not a setting",
        "school.domain: is not a setting",
        "school.domains: is missing",
    ]


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    found = problems(mailbox={"url": "imaps://claire:hunter2@mail.mentor.example"})
    assert [line.partition(":")[0] for line in found] == ["mailbox.url"]
    assert "password" in found[0]
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    ("part", "url"),
    [
        ("mailbox", "maildir://Mail"),
        ("mailbox", "maildir:///"),
        ("mailbox", "imap://"),
        ("mailbox", "imap://mail.mentor.example:port"),
        ("mailbox", "none"),
        ("smtp", "imap://mail.mentor.example"),
        ("calendar", "https://dav.mentor.example/"),
        ("calendar", ""),
    ],
)
def test_a_url_that_leads_nowhere_is_named(part: str, url: str) -> None:
    assert [line.partition(":")[0] for line in problems(**{part: {"url": url}})] == [f"{part}.url"]


@pytest.mark.parametrize("tables", [{}, {"smtp": {}, "calendar": {"poll_minutes": 3}}])
def test_an_account_that_does_all_three_is_named_once(tables: dict[str, Any]) -> None:
    data = settings_data(mailbox={"url": "ews://claire@mail.mentor.example/"})
    settings = config.parse(
        {name: part for name, part in data.items() if name not in ("smtp", "calendar")} | tables, BASE
    )
    assert {part.url for part in (settings.mailbox, settings.smtp, settings.calendar)} == {
        "ews://claire@mail.mentor.example/"
    }
    assert settings.calendar.poll_minutes == (3 if tables else 10)


def test_such_an_account_leaves_the_rest_to_others_where_they_are_named() -> None:
    settings = parse(mailbox={"url": "ews://claire@mail.mentor.example/"}, calendar={"url": "dir:///home/claire/ics"})
    assert settings.calendar.url == "dir:///home/claire/ics"
    assert settings.smtp.url.startswith("smtp://")


def test_such_an_account_is_never_half_of_two() -> None:
    other = "ews://other@mail.mentor.example/"
    found = problems(mailbox={"url": "ews://claire@mail.mentor.example/"}, smtp={"url": other}, calendar={"url": other})
    assert [line.partition(":")[0] for line in found] == ["smtp.url", "calendar.url"]
    assert "mailbox.url" in found[0]
    assert problems(calendar={"url": other})[0].startswith("calendar.url: ")


def test_without_such_an_account_the_way_out_and_the_calendar_are_missed() -> None:
    data = {name: part for name, part in settings_data().items() if name not in ("smtp", "calendar")}
    with pytest.raises(ConfigError) as caught:
        config.parse(data, BASE)
    assert caught.value.problems == ["smtp: is missing", "calendar: is missing"]


def test_only_a_folder_can_be_trusted_for_what_lies_in_it() -> None:
    assert "maildir" in problems(mailbox={"url": "imaps://mail.mentor.example", "trust": "local"})[0]
    assert parse(mailbox={"url": "maildir:///home/claire/Mail", "trust": "local"}).mailbox.trust == "local"


def test_notes_leave_the_machine_only_when_that_is_said() -> None:
    assert "allow_remote" in problems(writer={"url": "https://llm.example/v1", "model": "m"})[0]
    assert not parse(writer={"url": "https://llm.example/v1", "model": "m", "allow_remote": True}).writer.local
    assert parse(writer={"url": "http://127.0.0.1:11434/v1", "model": "m"}).writer.local
    assert "model" in problems(writer={"url": "http://127.0.0.1:11434/v1"})[0]


def test_an_alert_to_support_is_automatic_only_when_said_twice() -> None:
    found = problems(rules={"R10": "auto", "R99": "auto"}, mode="loud")
    assert len(found) == 3
    assert found[-1].startswith("rules.R10: an alert to support is never automatic")
    assert parse(rules={"R10": "auto"}, allow_automatic_alerts=True).rules["R10"] is RuleMode.AUTO
    assert parse(rules={"R01": "auto"}).rules["R01"] is RuleMode.AUTO


def test_working_hours_are_as_written_or_office_hours() -> None:
    usual = parse().working_hours
    assert sorted(usual) == [0, 1, 2, 3, 4]
    saturday = parse(hours={"saturday": ["09:30-12:00"]}).working_hours
    assert saturday == {5: ((time(9, 30), time(12)),)}


@pytest.mark.parametrize("hours", ["9 to 5", "12:00-09:00", "09:00", "25:00-26:00"])
def test_hours_that_are_no_range_are_named_by_their_day(hours: str) -> None:
    assert [line.partition(": ")[0] for line in problems(hours={"monday": [hours]})] == ["hours.monday.0"]


def test_paths_are_relative_to_the_file_wherever_the_agent_was_started() -> None:
    settings = parse(mailbox={"url": "imaps://mail.mentor.example", "password_file": "secret"}, recognisers="/r.toml")
    assert settings.state_dir == BASE / "state"
    assert settings.mailbox.password_file == BASE / "secret"
    assert settings.recognisers == Path("/r.toml")


def test_the_mentors_word_comes_from_any_of_their_addresses() -> None:
    mentor = {"name": "C", "address": "Claire@Mentor.Example", "timezone": "Europe/Paris", "also": ["c@other.example"]}
    settings = parse(mentor=mentor | {"questions_to": "work@mentor.example"}).mentor
    assert settings.addresses == {"claire@mentor.example", "c@other.example", "work@mentor.example"}
    assert (settings.inbox_address, settings.language) == ("work@mentor.example", Language.FR)


@pytest.mark.parametrize("raw", [b"mode = ", b"\xff\xfe", b"mode = 'live'\nmode = 'live'\n"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "agent.toml").write_bytes(raw)
    with pytest.raises(ConfigError, match=r"agent\.toml: "):
        config.load(tmp_path / "agent.toml")


def test_the_example_is_sound_and_shows_every_setting_with_its_default() -> None:
    text = shipped("agent.example.toml").read_text(encoding="utf-8")
    settings = config.load(shipped("agent.example.toml"))
    assert settings.mode == "shadow"
    shown = tomllib.loads(re.sub(r"(?m)^#(\w+ = )", r"\1", text))
    config.parse(shown, BASE)  # with every line switched on it still holds
    assert not list(_hidden(config.Settings, shown, ""))
    assert not list(_other_defaults(config.Settings, shown, ""))


def _hidden(part: type[BaseModel], shown: Any, path: str) -> Any:
    """Settings that the example does not show."""
    for name, field in part.model_fields.items():
        if name not in shown:
            yield path + name
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _hidden(field.annotation, shown[name], f"{path}{name}.")


def _other_defaults(part: type[BaseModel], shown: Any, path: str) -> Any:
    """Settings that the example shows with another value than their default, where they have a plain one."""
    for name, field in part.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _other_defaults(field.annotation, shown[name], f"{path}{name}.")
        elif isinstance(field.default, bool | int | float | str) and shown[name] != field.default:
            yield path + name


@pytest.mark.parametrize("projects", [[["", 20]], [["P1", 0]], [["P1", -3]], [["P1"]], [["P1", "x"]]])
def test_a_project_of_a_programme_needs_a_name_and_its_hours(projects: list[list[object]]) -> None:
    assert problems(programmes={"Web development": projects})[0].startswith("programmes.Web development")


def test_the_programme_of_a_path_is_its_projects_in_order_with_their_hours() -> None:
    settings = parse(programmes={"Web development": [["Project 1", 40], ["Project 2", 60.5]]})
    assert settings.programmes["Web development"] == (("Project 1", 40), ("Project 2", 60.5))


# -- calendars

CALDAV = "caldav+https://claire@dav.mentor.example/"
SCHOOL = "ics+https://calendar.school.example"


def test_a_secret_link_stands_in_a_file_beside_the_settings() -> None:
    part = parse(calendar={"url": CALDAV, "subscriptions": {"school": {"url": SCHOOL, "link_file": "school.link"}}})
    assert part.calendar.subscriptions["school"].link_file == BASE / "school.link"


def test_a_secret_link_in_the_wrong_place_is_not_repeated() -> None:
    link = "https://calendar.school.example/private-3f9c2e/basic.ics"
    for table in ({"url": link}, {"url": CALDAV, "subscriptions": {"school": {"url": link}}}):
        (problem,) = problems(calendar=table)
        assert "calendar.school.example" in problem
        assert "3f9c2e" not in problem


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"subscriptions": {"school": {"url": "https://calendar.school.example/x.ics"}}}, "must start with ics"),
        ({"subscriptions": {"school": {"url": "ics+http://calendar.school.example/x.ics"}}}, "for this machine only"),
        ({"subscriptions": {"school": {"url": "ics+https://me@calendar.school.example/"}}}, "takes no user name"),
        ({"subscriptions": {"school": {"url": f"{SCHOOL}/x.ics", "link_file": "l"}}}, "the server alone"),
        ({"subscriptions": {"The School": {"url": SCHOOL}}}, "String should match pattern"),
        ({"calendars": ["a", "b"], "subscriptions": {"b": {"url": SCHOOL}}}, "a name of its own"),
        ({"calendars": ["a", "a"]}, "a name of its own"),
        ({"url": "dir:///home/claire/calendar", "calendars": ["a"]}, "a CalDAV account's"),
    ],
)
def test_calendars_that_cannot_be_meant_are_named(table: dict[str, object], said: str) -> None:
    (problem,) = problems(calendar={"url": CALDAV, **table})
    assert problem.startswith("calendar")
    assert said in problem
