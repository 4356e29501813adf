""" "Plus tard" and its like: recognised only where nothing else is said, and turned into one instant."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understand.later import Hours, moment, only
from tests.understand.material import WORDS

PARIS = ZoneInfo("Europe/Paris")
HOURS = Hours(timedelta(hours=4), time(8), time(14), time(18))
NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)  # Tuesday, 10:30 in Paris


def local(text: str, now: datetime = NOW) -> str | None:
    """The instant as the mentor's clock shows it: "Wed 4 8:00"."""
    at = moment(text, now, PARIS, HOURS)
    return f"{at.astimezone(PARIS):%a %-d %-H:%M}" if at else None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("plus tard", "Tue 3 14:30"),
        ("later", "Tue 3 14:30"),
        ("pas maintenant", "Tue 3 14:30"),
        ("je regarde dans la journée", "Tue 3 14:30"),
        ("demain", "Wed 4 8:00"),
        ("demain matin", "Wed 4 8:00"),
        ("demain à 9h", "Wed 4 9:00"),
        ("demain 14h30", "Wed 4 14:30"),
        ("demain soir", "Wed 4 18:00"),
        ("tomorrow morning", "Wed 4 8:00"),
        ("tomorrow at 3pm", "Wed 4 15:00"),
        ("je regarde ce soir", "Tue 3 18:00"),
        ("tonight", "Tue 3 18:00"),
        ("cet après-midi", "Tue 3 14:00"),
        ("after lunch", "Tue 3 14:00"),
        ("à midi", "Tue 3 12:00"),
        ("en fin de journée", "Tue 3 18:00"),
        ("demain en fin de journée", "Wed 4 18:00"),
        ("pas aujourd'hui", "Wed 4 8:00"),
        ("aujourd'hui", "Tue 3 14:30"),
        ("après-demain", "Thu 5 8:00"),
        ("lundi", "Mon 9 8:00"),
        ("lundi prochain", "Mon 9 8:00"),
        ("mardi", "Tue 10 8:00"),  # said on a Tuesday
        ("vendredi après-midi", "Fri 6 14:00"),
        ("la semaine prochaine", "Mon 9 8:00"),
        ("ce week-end", "Sat 7 8:00"),
        ("le 12 novembre", "Thu 12 8:00"),
        ("dans 3 jours", "Fri 6 8:00"),
        ("dans 2 heures", "Tue 3 12:30"),
        ("dans deux heures", "Tue 3 12:30"),
        ("dans 1h30", "Tue 3 12:00"),
        ("dans une heure et demie", "Tue 3 12:00"),
        ("dans une demi-heure", "Tue 3 11:00"),
        ("in half an hour", "Tue 3 11:00"),
        ("in 20 minutes", "Tue 3 10:50"),
        ("in an hour", "Tue 3 11:30"),
        ("18h", "Tue 3 18:00"),
    ],
)
def test_a_time_is_an_instant_in_the_mentor_s_zone(text: str, instant: str) -> None:
    assert only(text, WORDS)
    assert local(text) == instant


@pytest.mark.parametrize(
    "text", ["lundi ou mardi", "le 31 février", "hier", "à 8h", "lundi et jeudi", "dans 2 heures ou demain"]
)
def test_what_names_no_single_instant_to_come_is_asked_about(text: str) -> None:
    assert local(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "ok demain",
        "envoie demain",
        "demain ?",
        "dis-lui que c'est demain",
        "remplace lundi par mardi",
        "ok plus tard",
        "pas lundi",
        "Tom plus tard",
        "la session est demain",
        "",
        "merci",
        "je",
        "demain " * 100,
    ],
)
def test_what_says_anything_else_is_no_later(text: str) -> None:
    assert not only(text, WORDS)


def test_this_evening_said_in_the_evening_is_some_hours_later() -> None:
    assert local("ce soir", datetime(2026, 11, 3, 19, 0, tzinfo=UTC)) == "Wed 4 0:00"
    assert local("ce matin", datetime(2026, 11, 3, 19, 0, tzinfo=UTC)) is None


def test_tomorrow_morning_is_eight_o_clock_on_both_days_that_the_clock_changes() -> None:
    autumn, spring = datetime(2026, 10, 24, 10, tzinfo=UTC), datetime(2027, 3, 27, 10, tzinfo=UTC)
    assert moment("demain matin", autumn, PARIS, HOURS) == datetime(2026, 10, 25, 7, tzinfo=UTC)
    assert moment("demain matin", spring, PARIS, HOURS) == datetime(2027, 3, 28, 6, tzinfo=UTC)


@given(st.text(max_size=400), st.integers(0, 800))
def test_whatever_is_said_the_instant_is_to_come(text: str, hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    at = moment(text, now, PARIS, HOURS)
    assert at is None or now < at <= now + timedelta(days=63)
