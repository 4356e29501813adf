"""What is owed week by week: a session, its context where there is none, the alert, and the digest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from agent.simulation.learners import FIRST_CONTACT
from agent.simulation.ledger import Appointment
from agent.simulation.scenario import PARIS, START, Person
from agent.simulation.watch import AT_ONCE, Duty, Watch

WEEK = timedelta(weeks=1)
OPENS = timedelta(hours=87)  # before Monday, slots for the week are proposed
CLOSES = timedelta(hours=48)  # before its end, nothing more is
COUNTS = timedelta(hours=60)  # before its end, a week without a session is asked about
SILENCE = timedelta(hours=72)  # an answer is waited for so long
SETTLING = timedelta(days=8)
PROPOSES = ("session de la semaine du", "faire connaissance")
OTHERS = ("ne peut pas avoir lieu", "changement de date", "quand nous retrouver", FIRST_CONTACT)
CONTEXT = "pourquoi n'y a-t-il pas de session la semaine du"
ALERT = "aucune session planifiée"
DIGEST = "Votre semaine"
_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


def owed(watch: Watch, monday: date) -> None:
    """Note what this week asks for."""
    begin, end = _midnight(monday), _midnight(monday + WEEK)
    for person in list(watch.town.ledger.people.values()):
        _sessions(watch, person, monday, begin, end)
    digest = begin + timedelta(hours=8)
    if digest > watch.town.scenario.until or monday == START.astimezone(PARIS).date():
        return
    watch.owe(
        Duty(
            "R27",
            digest,
            digest + timedelta(hours=24),
            f"no digest came on {monday}",
            lambda: bool(watch.about(None, digest - timedelta(minutes=1), DIGEST)),
        )
    )


def _sessions(watch: Watch, person: Person, monday: date, begin: datetime, end: datetime) -> None:
    what = f"for {person.name} in the week of {monday}"
    close, over = end - CLOSES, end + AT_ONCE
    watch.owe(
        Duty("R03", begin - OPENS, close, f"nothing was proposed {what}", lambda: _proposed(watch, person, monday))
    )
    watch.owe(
        Duty("R04", end - COUNTS, over, f"the context was not asked {what}", lambda: _asked(watch, person, monday))
    )
    watch.owe(Duty("R04", end - COUNTS, over, f"no alert was drafted {what}", lambda: _alerted(watch, person, monday)))


def _proposed(watch: Watch, person: Person, monday: date) -> bool | None:
    """None where the week has, or had, a session, or anything else that may be a reason to wait."""
    begin, end = _midnight(monday), _midnight(monday + WEEK)
    since = begin - OPENS - SILENCE
    if any(f"semaine du {_day(monday)} " in one.subject for one in watch.about(person, since, *PROPOSES)):
        return True
    if not _active(watch, person, begin) or watch.town.ledger.rests(person, begin, end):
        return None
    had = any(begin <= at < end for one in _all(watch, person) for at in _starts(one))
    wrote = any(since <= at < end - CLOSES for at in watch.town.ledger.wrote.get(person.number, []))
    if had or wrote or _chosen(watch, person, begin, end):
        return None
    if watch.about(person, since, *PROPOSES) or watch.got(person, since, *PROPOSES):
        return True
    earlier = begin - 3 * WEEK
    return None if watch.about(person, earlier, *OTHERS) or watch.got(person, earlier, *OTHERS) else False


def _asked(watch: Watch, person: Person, monday: date) -> bool | None:
    if not _unplanned(watch, person, monday):
        return None
    since = _midnight(monday + WEEK) - COUNTS - timedelta(minutes=1)
    return any(f"{CONTEXT} {_day(monday)}" in one.subject for one in watch.about(person, since, CONTEXT))


def _alerted(watch: Watch, person: Person, monday: date) -> bool | None:
    """The second week in a row; later ones are left to the agent's own counting."""
    weeks = [_unplanned(watch, person, monday - back * WEEK) for back in range(3)]
    if weeks != [True, True, False] or watch.town.ledger.rests(person, _midnight(monday - 2 * WEEK), _midnight(monday)):
        return None
    since = _midnight(monday + WEEK) - COUNTS - timedelta(minutes=1)
    return bool(watch.about(person, since, ALERT))


def _unplanned(watch: Watch, person: Person, monday: date) -> bool:
    """A week in which nothing was planned any more when it had come so far; False where anything excuses it."""
    begin, end = _midnight(monday), _midnight(monday + WEEK)
    if not _active(watch, person, begin) or watch.town.ledger.rests(person, begin, end):
        return False
    if _chosen(watch, person, begin, end):
        return False
    counts = end - COUNTS
    planned = (one for one in _all(watch, person) if not one.gone or one.changed > counts)
    return not any(begin <= at < end for one in planned for at in _starts(one))


def _active(watch: Watch, person: Person, begin: datetime) -> bool:
    letters = watch.town.inboxes.get(person.address, [])
    return bool(letters) and letters[0].at + SETTLING <= begin and not _ever_left(watch, person)


def _ever_left(watch: Watch, person: Person) -> bool:
    return any(one.person is person and one.matter in {"left", "back"} for one in watch.town.ledger.reports)


def _all(watch: Watch, person: Person) -> list[Appointment]:
    return watch.town.ledger.appointments.get(person.number, [])


def _starts(session: Appointment) -> list[datetime]:
    return [session.start, *([session.first] if session.first else [])]


def _chosen(watch: Watch, person: Person, begin: datetime, end: datetime) -> bool:
    return any(begin <= start < end for start in watch.town.ledger.chosen.get(person.number, []))


def _day(monday: date) -> str:
    return f"{'1er' if monday.day == 1 else monday.day} {_MONTHS[monday.month - 1]}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)
