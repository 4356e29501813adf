"""Whether there was cause for a letter, by what was really said. The oracle's own reading of the rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.simulation.ledger import Appointment, Ledger
from agent.simulation.matters import ALERTS, OWN, REPLY, WINDOW, WORRIED, WORRYING
from agent.simulation.post import Letter
from agent.simulation.scenario import Person

GRACE = timedelta(hours=48)
NEUTRAL = {"cancelled", "cancelled late", "moved"}
INCIDENTS = 2
"""So many cancellations or late arrivals in a month are told to support."""

MONTHLY = timedelta(days=32)
LATE = timedelta(days=15)
"""A letter may wait for the mentor's word for so long."""

HEARD = timedelta(hours=2)
"""What came so shortly before a letter was made may not have been read."""


def run_of_absences(ledger: Ledger, person: Person, now: datetime) -> list[Appointment] | None:
    """The latest run of unjustified absences, in order; None while a session inside it was not spoken of."""
    run: list[Appointment] = []
    held = [one for one in ledger.appointments.get(person.number, []) if not one.gone and one.end <= now]
    for one in sorted(held, key=lambda session: session.start, reverse=True):
        if one.said == "completed" or ledger.justified(person, one.start, now):
            break
        if one.said in NEUTRAL:
            continue
        if one.said == "absent":
            run.append(one)
        elif run:
            return None
    return run[::-1]


def to_support(letter: Letter, ledger: Ledger) -> str:
    """Why support should not have got this letter; empty where it should. Judged as of when it was written."""
    person, at = ledger.person_in(letter.subject), letter.written
    if person is None:
        away = ledger.said(None, "away", since=at - WINDOW, until=at)
        return "" if "indisponible" in letter.subject and away else "nothing was reported of the mentor"
    if "absences consécutives" in letter.subject:
        return _absences(ledger, person, at)
    if "justification reçue" in letter.subject:
        justified = any(one.matter == "justified" and one.person is person and one.at <= at for one in ledger.reports)
        return "" if justified else "no absence was justified"
    if "annulations ou retards" in letter.subject:
        return _incidents(ledger, person, at)
    if "aucune session planifiée" in letter.subject:
        return _unplanned(ledger, person, letter)
    return _reported(ledger, person, letter)


def to_learner(letter: Letter, ledger: Ledger) -> str:
    """Why a learner should not have got this letter; empty where it may be."""
    person = next((one for one in ledger.people.values() if one.address == letter.recipient), None)
    if person is None or REPLY not in letter.subject:
        return ""
    asked = ledger.said(person, *OWN, since=letter.written - WINDOW - LATE, until=letter.written)
    return "" if asked or _chatted(ledger, person, letter.written) else "the learner asked for nothing"


def _chatted(ledger: Ledger, person: Person, at: datetime) -> bool:
    """Whether the learner wrote anything of late: some of what they write at random is such a matter too."""
    return any(at - LATE <= when <= at for when in ledger.wrote.get(person.number, []))


def _absences(ledger: Ledger, person: Person, at: datetime) -> str:
    sessions = sorted(ledger.appointments.get(person.number, []), key=lambda session: session.start)
    said = [one for one in sessions if one.said]
    known = _readable(ledger, at)
    absent = [one for one in said if one.said == "absent" and one.end + GRACE <= at]
    unexcused = [one for one in absent if not ledger.justified(person, one.start, known)]
    if len(absent) < 2:
        return "fewer than two absences whose 48 hours are over"
    if len(unexcused) < 2:
        return "a justified absence is counted"
    between = [one for one in said if unexcused[-2].start < one.start < unexcused[-1].start]
    return "a session took place between the absences" if any(one.said == "completed" for one in between) else ""


def _readable(ledger: Ledger, at: datetime) -> datetime:
    """What had come by then was read by `at`: somewhat earlier, and before an outage that lasted until then."""
    known = at - HEARD
    for outage in ledger.outages:
        if outage.source == "mailbox is away" and outage.start <= known and (outage.end or at) + HEARD >= at:
            known = outage.start
    return known


def _incidents(ledger: Ledger, person: Person, at: datetime) -> str:
    sessions = ledger.appointments.get(person.number, [])
    late = ledger.said(person, "late arrival", since=at - MONTHLY - LATE, until=at)
    moments = [one.start for one in sessions if one.said in NEUTRAL and not one.urgent] + [one.at for one in late]
    close = [one for one in moments if at - MONTHLY - LATE <= one <= at]
    return "" if len(close) >= INCIDENTS else "fewer than two cancellations or late arrivals"


def _unplanned(ledger: Ledger, person: Person, letter: Letter) -> str:
    """The letter names its weeks; here it is enough that some fortnight of late had a week without any session."""
    at = letter.written
    held = [one.start for one in ledger.appointments.get(person.number, []) if not one.gone and one.start <= at + LATE]
    recent = sorted(moment for moment in held if moment >= at - timedelta(days=60))
    gaps = [
        after - before for before, after in zip([at - timedelta(days=60), *recent], [*recent, at + LATE], strict=True)
    ]
    return "" if max(gaps) >= timedelta(days=14) else "a session was planned in every week"


def _reported(ledger: Ledger, person: Person, letter: Letter) -> str:
    at = letter.written
    since = at - WINDOW - LATE
    for matter, (_, words) in ALERTS.items():
        if words in letter.subject:
            if matter == "dropout" and _signals(ledger, person, at) >= 3:
                return ""
            said = ledger.said(person, matter, since=since, until=at)
            return "" if said else f"no {matter} was reported"
    if WORRIED in letter.subject:
        both = {one.matter for one in ledger.said(person, *WORRYING, since=since, until=at)}
        return "" if both == set(WORRYING) else "mere lateness, or mere lack of motivation"
    return "nobody knows its cause"


def _signals(ledger: Ledger, person: Person, at: datetime) -> int:
    """How many kinds of signs there were that a learner may give up."""
    since = at - WINDOW - LATE
    marked = {one.said for one in ledger.appointments.get(person.number, []) if since <= one.start <= at}
    reported = {one.matter for one in ledger.said(person, "late arrival", *WORRYING, since=since, until=at)}
    return len(marked & {"absent", "cancelled", "cancelled late"}) + len(reported)
