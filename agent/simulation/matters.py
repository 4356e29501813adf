"""What is owed once something was reported: by the mentor, a learner, or the school."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.simulation.ledger import Report
from agent.simulation.post import plain
from agent.simulation.watch import AT_ONCE, Duty, Watch

WINDOW = timedelta(days=30)
"""One alert, or one reply, says the same matter for so long."""

ALERTS = {
    "plagiarism": ("R17", "doute de plagiat"),
    "disrespect": ("R18", "manque de respect"),
    "exceptional": ("R19", "circonstances exceptionnelles"),
    "dropout": ("R15", "risque d'abandon"),
}
WORRYING = ("delay", "disengagement")
WORRIED = "retard important et perte de motivation"
OWN = ("resources", "two sessions", "administration", "disability", "illness", "leave")
REPLY = "qui peut y répondre"
EXCUSED = "absence justifiée"
NOTED = "C'est noté"
WHICH = ("À préciser", "À reformuler")


def owed(watch: Watch, report: Report) -> None:
    """Note what follows from a report."""
    rule, since, words = _what(watch, report)
    if not rule:
        return
    until = report.at + AT_ONCE

    def kept() -> bool | None:
        drafts = [one for one in watch.about(report.person, since, words) if not one.subject.startswith(NOTED)]
        if drafts or _asked_which(watch, report):
            return True
        return None if _moot(watch, report) else False

    name = report.person.name if report.person else "the mentor"
    watch.owe(Duty(rule, report.at, until, f"nothing was drafted on “{report.matter}” of {name}", kept))


def unclear(watch: Watch, report: Report) -> None:
    """A first name that two learners have: the mentor is asked which of them."""
    watch.owe(
        Duty(
            "which",
            report.at,
            report.at + AT_ONCE,
            f"nobody asked whom “{report.words}” means",
            lambda: _asked_which(watch, report),
        )
    )


def _what(watch: Watch, report: Report) -> tuple[str, datetime, str]:
    """The rule, since when a mail to the mentor meets it, and the words of its subject; no rule: nothing is owed."""
    person, matter, earlier = report.person, report.matter, report.at - WINDOW
    if matter in ALERTS:
        return ALERTS[matter][0], earlier, ALERTS[matter][1]
    if matter in WORRYING:
        said = watch.town.ledger.said(person, *WORRYING, since=earlier + timedelta(hours=1), until=report.at)
        both = {one.matter for one in said} == set(WORRYING)
        return ("R14" if both else ""), earlier, WORRIED
    if matter in OWN:
        said = watch.town.ledger.said(person, matter, since=earlier - timedelta(days=1), until=report.at)
        again = len(said) > 1
        return "R20", earlier if again else report.at, REPLY
    return {
        "justified": ("R11", report.at, EXCUSED),
        "emergency": ("R05", report.at, "ne peut pas avoir lieu"),
        "away": ("R06", report.at, "mentor indisponible"),
        "cut short": ("R22", report.at, "d'un commun accord"),
    }.get(matter, ("", report.at, ""))


def _moot(watch: Watch, report: Report) -> bool:
    """Whether nothing follows from it after all."""
    ledger, now = watch.town.ledger, watch.town.now
    if report.struck or (report.person is not None and _unknown(watch, report)):
        return True
    if report.matter == "emergency" and report.session is not None:
        return report.session.gone
    over = report.matter == "justified" and report.until is not None and report.until <= now
    return over or (report.person is not None and ledger.left(report.person, now))


def _unknown(watch: Watch, report: Report) -> bool:
    """Whether the agent could not know of whom this was: the school had given nobody of that name yet."""
    at = watch.town.ledger.assigned.get(report.person.number) if report.person else None
    return at is None or at > report.at - timedelta(hours=1)


def _asked_which(watch: Watch, report: Report) -> bool:
    said = plain(report.words)
    mails = [one for name in ("", report.person.name if report.person else "") for one in watch.mails.get(name, [])]
    asked = (one for one in mails if one.at >= report.at and one.subject.startswith(WHICH))
    return bool(said) and any(said in one.words for one in asked)
