"""Days and hours in words, French and English: plain ones are read, the others give nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.understand.dates import Span, moment, when

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)  # Wednesday 10:00 in Paris


def period(text: str, now: datetime, zone: ZoneInfo) -> Span | None:
    """The period that a text speaks of; one that only has an end begins now. None when not sure."""
    said = when(text, now, zone)
    if said is None or said.end is None:
        return None
    start = said.start or now
    return (start, said.end) if start < said.end else None


def until(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end (not included) of what is said to last "until" a day. None when not sure, or when nothing is."""
    said = when(text, now, zone)
    return said.end if said is not None and said.start is None else None


def local(at: datetime | None, zone: ZoneInfo = PARIS) -> str:
    return "" if at is None else at.astimezone(zone).strftime("%d/%m/%y %H:%M")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("ce soir", "04/11/26 17:00", "05/11/26 00:00"),
        ("tonight", "04/11/26 17:00", "05/11/26 00:00"),
        ("hier", "03/11/26 00:00", "04/11/26 00:00"),
        ("yesterday evening", "03/11/26 17:00", "04/11/26 00:00"),
        ("demain", "05/11/26 00:00", "06/11/26 00:00"),
        ("demain matin", "05/11/26 00:00", "05/11/26 12:00"),
        ("après-demain", "06/11/26 00:00", "07/11/26 00:00"),
        ("vendredi", "06/11/26 00:00", "07/11/26 00:00"),
        ("on Friday", "06/11/26 00:00", "07/11/26 00:00"),
        ("mercredi", "04/11/26 00:00", "05/11/26 00:00"),
        ("mardi dernier", "03/11/26 00:00", "04/11/26 00:00"),
        ("next Monday", "09/11/26 00:00", "10/11/26 00:00"),
        ("le 4/11", "04/11/26 00:00", "05/11/26 00:00"),
        ("le 12 décembre", "12/12/26 00:00", "13/12/26 00:00"),
        ("le 1er décembre", "01/12/26 00:00", "02/12/26 00:00"),
        ("December 12", "12/12/26 00:00", "13/12/26 00:00"),
        ("2026-12-12", "12/12/26 00:00", "13/12/26 00:00"),
        ("le 3 janvier", "03/01/27 00:00", "04/01/27 00:00"),
        ("mardi 24", "24/11/26 00:00", "25/11/26 00:00"),
        ("mardi 24 novembre", "24/11/26 00:00", "25/11/26 00:00"),
        ("dans une semaine", "11/11/26 00:00", "12/11/26 00:00"),
        ("il y a deux jours", "02/11/26 00:00", "03/11/26 00:00"),
        ("mardi 18h", "10/11/26 18:00", "10/11/26 18:01"),
        ("mardi à 18 h 30", "10/11/26 18:30", "10/11/26 18:31"),
        ("Tuesday at 6pm", "10/11/26 18:00", "10/11/26 18:01"),
        ("6:30 pm on Tuesday", "10/11/26 18:30", "10/11/26 18:31"),
        ("18h", "04/11/26 18:00", "04/11/26 18:01"),
        ("ce soir à 18h", "04/11/26 18:00", "04/11/26 18:01"),
    ],
)
def test_a_day_or_an_hour_is_read(text: str, start: str, end: str) -> None:
    found = moment(text, NOW, PARIS)
    assert found is not None
    assert (local(found[0]), local(found[1])) == (start, end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("du 3 au 7 décembre", "03/12/26 00:00", "08/12/26 00:00"),
        ("du 3 au 7", "03/11/26 00:00", "08/11/26 00:00"),
        ("from 3 to 7 December", "03/12/26 00:00", "08/12/26 00:00"),
        ("December 3-7", "03/12/26 00:00", "08/12/26 00:00"),
        ("du 30 novembre au 4 décembre", "30/11/26 00:00", "05/12/26 00:00"),
        ("de lundi à mercredi", "09/11/26 00:00", "12/11/26 00:00"),
        ("from Monday to Wednesday", "09/11/26 00:00", "12/11/26 00:00"),
        ("de jeudi à mardi", "05/11/26 00:00", "11/11/26 00:00"),
        ("la semaine prochaine", "09/11/26 00:00", "16/11/26 00:00"),
        ("next week", "09/11/26 00:00", "16/11/26 00:00"),
        ("cette semaine", "02/11/26 00:00", "09/11/26 00:00"),
        ("pendant 3 jours", "04/11/26 00:00", "07/11/26 00:00"),
        ("3 jours", "04/11/26 00:00", "07/11/26 00:00"),
        ("for two weeks", "04/11/26 00:00", "18/11/26 00:00"),
        ("demain de 14h à 16h", "05/11/26 14:00", "05/11/26 16:00"),
        ("jusqu'à vendredi", "04/11/26 10:00", "07/11/26 00:00"),
        ("l'absence d'hier, jusqu'à vendredi", "03/11/26 00:00", "07/11/26 00:00"),
    ],
)
def test_a_period_is_read(text: str, start: str, end: str) -> None:
    found = period(text, NOW, PARIS)
    assert found is not None
    assert (local(found[0]), local(found[1])) == (start, end)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("jusqu'à vendredi", "07/11/26 00:00"),
        ("jusqu’au 12/12", "13/12/26 00:00"),
        ("jusqu'au 12 décembre", "13/12/26 00:00"),
        ("jusqu'au 12", "13/11/26 00:00"),
        ("until Friday", "07/11/26 00:00"),
        ("until December 12", "13/12/26 00:00"),
        ("until the 12th", "13/11/26 00:00"),
        ("jusqu'à demain 18h", "05/11/26 18:00"),
        ("jusqu'à la fin du mois", "01/12/26 00:00"),
        ("jusqu'à fin décembre", "01/01/27 00:00"),
    ],
)
def test_an_end_is_the_midnight_after_its_day(text: str, end: str) -> None:
    assert local(until(text, NOW, PARIS)) == end


@pytest.mark.parametrize(
    "text",
    [
        "31/02",
        "jusqu'au 31/02",
        "le 31 juin",
        "lundi 24 novembre",  # it is a Tuesday
        "lundi ou mardi",
        "mardi et jeudi",
        "tous les mardis",
        "chaque semaine",
        "every Friday",
        "two sessions a week",
        "next Friday",  # this week's or the next one's
        "un jour",
        "25h",
        "12/20",
        "le 2 me va",
        "option 2 may work",
        "elle me manque de respect",
        "je suis là",
        "session écourtée à 20 min",
        "pendant 2 h",
        "",
    ],
)
def test_what_is_no_day_or_not_a_certain_one_gives_nothing(text: str) -> None:
    assert when(text, NOW, PARIS) is None


def test_what_begins_and_does_not_end_is_open() -> None:
    said = when("depuis lundi", NOW, PARIS, past=True)
    assert said is not None
    assert (local(said.start), said.end) == ("02/11/26 00:00", None)


def test_a_weekday_may_be_asked_for_as_the_last_one() -> None:
    said = when("vendredi", NOW, PARIS, past=True)
    assert said is not None
    assert local(said.start) == "30/10/26 00:00"


def test_a_day_is_a_day_where_the_mentor_lives() -> None:
    late = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)  # already Thursday in Paris, still Wednesday in Montreal
    paris, montreal = when("demain", late, PARIS), when("demain", late, ZoneInfo("America/Montreal"))
    assert paris is not None
    assert montreal is not None
    assert local(paris.start) == "06/11/26 00:00"
    assert local(montreal.start, ZoneInfo("America/Montreal")) == "05/11/26 00:00"


@pytest.mark.parametrize(("now", "hours"), [((2026, 10, 24), 25), ((2027, 3, 27), 23)])
def test_the_day_on_which_the_clocks_change_is_as_long_as_it_is(now: tuple[int, int, int], hours: int) -> None:
    found = moment("demain", datetime(*now, 9, tzinfo=UTC), PARIS)
    assert found is not None
    assert (found[1] - found[0]).total_seconds() == hours * 3600


def test_an_hour_after_the_clocks_went_back_is_the_hour_on_the_wall() -> None:
    found = moment("lundi 18h", datetime(2026, 10, 23, 9, tzinfo=UTC), PARIS)
    assert found is not None
    assert found[0] == datetime(2026, 10, 26, 17, 0, tzinfo=UTC)


def test_a_date_of_january_said_in_december_is_next_year_s() -> None:
    found = moment("le 4/1", datetime(2026, 12, 28, 9, tzinfo=UTC), PARIS)
    assert found is not None
    assert local(found[0]) == "04/01/27 00:00"
