"""Dates, deadlines and typography in words, for everything a person reads.

No system locale is asked: a server rarely has the French one, and a letter must read the same everywhere. Instants come
in as aware datetimes and are written in the mentor's zone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from agent.model import Language, SessionStatus

NBSP = "\u00a0"
"""No-break space: before : ; ! ? », after «, and inside "18 h 00"."""

_AT = {Language.FR: "à", Language.EN: "at"}
_DAYS = {
    Language.FR: ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    Language.EN: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    Language.FR: (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_MONTHS_SHORT = {
    Language.FR: (
        *("janv.", "févr.", "mars", "avr.", "mai", "juin"),
        *("juil.", "août", "sept.", "oct.", "nov.", "déc."),
    ),
    Language.EN: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_CITIES_FR = {  # exonyms, where the zone's English name would look wrong in French
    "Algiers": "Alger",
    "Athens": "Athènes",
    "Brussels": "Bruxelles",
    "Lisbon": "Lisbonne",
    "London": "Londres",
    "Montreal": "Montréal",
    "Reunion": "La Réunion",
    "Rome": "Rome",
    "Vienna": "Vienne",
    "Warsaw": "Varsovie",
}
_STATUS = {
    Language.FR: {
        SessionStatus.COMPLETED: "réalisée",
        SessionStatus.ABSENT: "étudiant absent",
        SessionStatus.CANCELLED: "annulée",
        SessionStatus.CANCELLED_LATE: "annulée tardivement",
        SessionStatus.MOVED: "déplacée",
    },
    Language.EN: {
        SessionStatus.COMPLETED: "completed",
        SessionStatus.ABSENT: "learner absent",
        SessionStatus.CANCELLED: "cancelled",
        SessionStatus.CANCELLED_LATE: "cancelled late",
        SessionStatus.MOVED: "moved",
    },
}


def hour(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "18 h 00" (with no-break spaces) or "18:00"."""
    local = at.astimezone(zone)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02}" if language is Language.FR else f"{local:%H:%M}"


def day(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "mardi 1er décembre" or "Tuesday 1 December"."""
    local = at.astimezone(zone)
    number = "1er" if language is Language.FR and local.day == 1 else str(local.day)
    return f"{_DAYS[language][local.weekday()]} {number} {_MONTHS[language][local.month - 1]}"


def moment(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "mardi 8 décembre à 18 h 00" or "Tuesday 8 December at 18:00": for what is near."""
    return f"{day(at, zone, language)} {_AT[language]} {hour(at, zone, language)}"


def when(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "mardi 8 décembre 2026 à 18 h 00" or "Tuesday 8 December 2026 at 18:00": for what is kept."""
    return f"{day(at, zone, language)} {at.astimezone(zone).year} {_AT[language]} {hour(at, zone, language)}"


def brief(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "8 déc., 18 h 00" or "8 Dec, 18:00": for subject lines."""
    local = at.astimezone(zone)
    number = "1er" if language is Language.FR and local.day == 1 else str(local.day)
    return f"{number} {_MONTHS_SHORT[language][local.month - 1]}, {hour(at, zone, language)}"


def date_of(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "mardi 8 décembre 2026" or "Tuesday 8 December 2026": for a day that is kept."""
    return f"{day(at, zone, language)} {at.astimezone(zone).year}"


def day_month(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "8 décembre" or "8 December": for a day in a subject line."""
    return day(at, zone, language).partition(" ")[2]


def period(since: datetime | None, until: datetime | None, zone: ZoneInfo, language: Language) -> str:
    """ "du mardi 8 décembre au vendredi 11 décembre 2026": whole days; the instant `until` is not included.

    One day: "le mardi 8 décembre 2026". An open end: "jusqu'au ..." or "à partir du ..."; no end at all: "".
    """
    french = language is Language.FR
    if until is None:
        return "" if since is None else f"{'à partir du' if french else 'from'} {date_of(since, zone, language)}"
    last = until - timedelta(microseconds=1)
    if since is None:
        return f"{'jusqu’au' if french else 'until'} {date_of(last, zone, language)}"
    if since.astimezone(zone).date() >= last.astimezone(zone).date():
        return f"{'le' if french else 'on'} {date_of(last, zone, language)}"
    same_year = since.astimezone(zone).year == last.astimezone(zone).year
    first = (day if same_year else date_of)(since, zone, language)
    return f"{'du' if french else 'from'} {first} {'au' if french else 'to'} {date_of(last, zone, language)}"


def listed(items: Sequence[str], language: Language) -> str:
    """ "a, b et c" or "a, b and c"."""
    last = " et " if language is Language.FR else " and "
    return last.join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def before(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "avant jeudi 26 novembre à 19 h 30" or "before Thursday 26 November at 19:30"."""
    return f"{'avant' if language is Language.FR else 'before'} {moment(at, zone, language)}"


def span(start: datetime, end: datetime, zone: ZoneInfo, language: Language) -> str:
    """ "mardi 8 décembre 2026, de 18 h 00 à 18 h 45" or "Tuesday 8 December 2026, 18:00 to 18:45"."""
    first, last = hour(start, zone, language), hour(end, zone, language)
    hours = f"de {first} à {last}" if language is Language.FR else f"{first} to {last}"
    return f"{day(start, zone, language)} {start.astimezone(zone).year}, {hours}"


def clock_of(zone: ZoneInfo, language: Language) -> str:
    """Whose time the hours are in: "heure de Paris", "heure d'Athènes", "Paris time"."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    if city in {"UTC", "GMT"}:
        return "heure UTC" if language is Language.FR else "UTC"
    if language is Language.EN:
        return f"{city} time"
    city = _CITIES_FR.get(city, city)
    return f"heure d’{city}" if city[0] in "AEIOUYÉÎ" else f"heure de {city}"


def status_name(status: str, language: Language) -> str:
    """The platform's word for a session's status (R08)."""
    return _STATUS[language][SessionStatus(status)]


def de(name: str) -> str:
    """French "of" before a name: "de Léa", "d’Inès". Before an h, usage varies and "de" is never wrong."""
    first = unicodedata.normalize("NFKD", name[:1]).casefold()[:1]
    return f"d’{name}" if first in "aeiouyœæ" and first else f"de {name}"


@lru_cache(maxsize=512, typed=True)  # the same few labels stand in every letter; markup is no plain text that equals it
def typeset(text: str) -> str:
    """French no-break spaces and typographic apostrophes; English text only gets the apostrophes.

    Meant for our own words. What people wrote (a name, a draft) is never touched: it is sent as it was approved.
    """
    text = re.sub(r" (?=[:;!?»])", NBSP, text)
    return re.sub(r"(?<=[^\W\d_])'", "’", text.replace("« ", f"«{NBSP}"))
