"""Whether there was cause for an alert to support, by what was really said. The oracle's own reading of the rules."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.simulation.ledger import Appointment, Ledger
from agent.simulation.post import Letter

GRACE = timedelta(hours=48)
NEUTRAL = {"cancelled", "cancelled late", "moved"}


def absences_in_a_row(sessions: list[Appointment], now: datetime) -> list[Appointment] | None:
    """The latest run of absences that nothing breaks, in order; None while a session inside it was not spoken of."""
    run: list[Appointment] = []
    held = [one for one in sessions if not one.gone and one.end <= now]
    for one in sorted(held, key=lambda session: session.start, reverse=True):
        if one.said in NEUTRAL:
            continue
        if one.said == "absent":
            run.append(one)
        elif one.said == "completed":
            break
        elif run:
            return None
    return run[::-1] if len(run) >= 2 else None


def unfounded(rule: str, letter: Letter, ledger: Ledger, now: datetime) -> str:
    """Why support should not have got this letter; empty where it should."""
    person = ledger.person_in(f"{letter.subject}\n{letter.text}")
    sessions = ledger.appointments.get(person.number, []) if person else []
    if rule in {"R09", "R16", "R20"}:
        return f"{rule} is no matter for support"
    if rule == "R10":
        return _absences(sessions, now)
    if rule == "R13":
        incidents = [one for one in sessions if one.gone or one.said in NEUTRAL]
        return "" if len(incidents) >= 2 else "fewer than two cancellations"
    if rule == "R04":
        return ""
    return ""


def _absences(sessions: list[Appointment], now: datetime) -> str:
    said = [one for one in sorted(sessions, key=lambda session: session.start) if one.said]
    absent = [one for one in said if one.said == "absent" and one.end + GRACE <= now]
    if len(absent) < 2:
        return "fewer than two absences whose 48 hours are over"
    between = [one for one in said if absent[-2].start < one.start < absent[-1].start and one.said == "completed"]
    return "a session took place between the absences" if between else ""
