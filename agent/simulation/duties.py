"""What is owed to people and sessions. The duties of matters and of weeks stand in `matters` and `weekly`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.simulation import habits, matters, weekly
from agent.simulation.causes import GRACE, NEUTRAL, run_of_absences
from agent.simulation.ledger import Appointment, Report
from agent.simulation.mentor import ASKED, BACK, DRAFT, NOTES, TO_APPROVE
from agent.simulation.post import Letter
from agent.simulation.scenario import PARIS, SUPPORT, Person
from agent.simulation.watch import AT_ONCE, STRETCH, Duty, Watch

HOURS_48 = timedelta(hours=48)
DAY = timedelta(hours=24)
WEEK = timedelta(days=7)
ABSENCES = "absences consécutives"
AFTER_ABSENCE = ("quand nous retrouver", "nous nous retrouvons le")
MOVED = "changement de date"
SECOND = "deuxième session de la semaine"
OUTCOME = "ont-elles repris"
PRESENT = "présence à la session"
READY = "Compte rendu prêt"
WITHDRAWN = "Retirée :"


@dataclass
class Duties:
    """Notes what follows from what happens."""

    watch: Watch
    _assigned: set[int] = field(default_factory=set)

    def step(self) -> None:
        """Learners whom the agent can know from now on are to be written to."""
        ledger = self.watch.town.ledger
        for number in ledger.assigned.keys() - self._assigned:
            self._assigned.add(number)
            person, at = ledger.people[number], ledger.assigned[number]
            self._owe(
                "R01", at, at + HOURS_48, f"{person.name} was not written to within 48 hours", self._contacted, person
            )

    def week(self) -> None:
        """A week begins."""
        weekly.owed(self.watch, self.watch.town.now.astimezone(PARIS).date())

    def reported(self, report: Report) -> None:
        """Something was reported."""
        matters.owed(self.watch, report)
        habits.late(self.watch, report)
        if report.matter == "away":
            for sessions in self.watch.town.ledger.appointments.values():
                for session in sessions:
                    self._moved(session, report)

    def unclear(self, report: Report) -> None:
        """The mentor named somebody by a first name that two learners have."""
        matters.unclear(self.watch, report)

    def planned(self, session: Appointment) -> None:
        """A session was put, or moved, into the calendar."""
        end = session.end
        self._owe("R07", end, end + HOURS_48, f"nobody asked about {_name(session)}", self._asked, session, end)
        for report in self.watch.town.ledger.reports:
            if report.matter == "away" and not report.struck:
                self._moved(session, report)

    def unapproved(self, session: Appointment) -> None:
        """A second session in a week, which the advisor did not approve: the mentor is warned before."""
        now = self.watch.town.now
        what = f"nobody warned of a second session in a week: {_name(session)}"
        self._owe("R21", now, min(now + AT_ONCE, session.start), what, self._warned, session, now)

    def told(self, session: Appointment) -> None:
        """The mentor said how a session went."""
        at, outcome = session.told[-1]
        if (
            outcome in {"completed", "absent"}
            and len(session.told) == 1
            and not (session.announced and outcome == "completed")
        ):
            due = max(session.end + HOURS_48, at + STRETCH)
            self._owe("R07", at, due, f"no report was drafted on {_name(session)}", self._drafted, session, at)
        if outcome == "absent":
            due = max(session.end + DAY, at + AT_ONCE)
            self._owe("R09", at, due, f"no letter was drafted after {_name(session)}", self._written, session, at)
        if outcome == "completed" and session.announced:
            what = f"nobody asked whether {_name(session)} took place, though an absence was announced"
            self._owe("R23", at, at + AT_ONCE, what, self._doubted, session, at)
        if outcome in NEUTRAL and not session.urgent:
            habits.repeated(self.watch, session.person)
        if outcome == "completed" and len(session.told) == 1:
            habits.held(self.watch, session)
        what = f"no alert was drafted about {session.person.name}"
        self._owe("R10", at, at + AT_ONCE, what, self._alerted, session)

    def approved(self, shown: Letter) -> None:
        """The mentor let a letter go, or a report."""
        now, person = self.watch.town.now, self.watch.town.ledger.person_in(shown.subject)
        if not shown.subject.startswith(TO_APPROVE):
            return  # she answers, once more, a mail that told her why nothing was done
        due = now + AT_ONCE
        if ABSENCES in shown.subject and person is not None:
            sessions = self.watch.town.ledger.appointments.get(person.number, [])
            grace = (one.end + GRACE + AT_ONCE for one in sessions if one.said == "absent")
            due = max(due, *grace, due)
        rule = "R10 sent" if ABSENCES in shown.subject else "sent"
        what = f"“{shown.subject}” was approved and did not leave"
        self._owe(rule, due - AT_ONCE, due, what, self._left, shown, person, now)

    def handed(self, session: Appointment, shown: Letter) -> None:
        """The mentor approved a report."""
        now = self.watch.town.now
        if session.said not in {"completed", "absent"} or (session.announced and session.said == "completed"):
            return
        what = f"the approved report on {_name(session)} was not handed over"
        self._owe("R07", now, now + AT_ONCE, what, self._handed, session, shown, now)

    def alerted(self, letter: Letter) -> None:
        """Support was told of absences: a week later the mentor is asked what became of the learner."""
        person = self.watch.town.ledger.person_in(letter.subject)
        if person is not None and ABSENCES in letter.subject:
            asking = letter.written + WEEK
            what = f"nobody asked what became of {person.name}"
            self._owe("R12", asking, asking + AT_ONCE, what, self._followed, person, letter)

    # -- whether it was done

    def _contacted(self, person: Person) -> bool | None:
        letters = self.watch.town.inboxes.get(person.address)
        return None if not letters and self.watch.in_the_dark(person.address) else bool(letters)

    def _asked(self, session: Appointment, end: datetime) -> bool | None:
        given = self.watch.town.ledger.assigned.get(session.person.number)
        if session.gone or session.end != end or session.told or given is None or given >= end:
            return None
        return bool(self.watch.about(session.person, max(end, session.changed), ASKED, NOTES))

    def _drafted(self, session: Appointment, at: datetime) -> bool:
        return bool(self.watch.about(session.person, at, DRAFT))

    def _handed(self, session: Appointment, shown: Letter, at: datetime) -> bool | None:
        newer = [one for one in self.watch.about(session.person, shown.at, DRAFT) if one.at > shown.at]
        if newer or any(when >= at for when, _ in session.told):
            return None  # it was corrected meanwhile, or there is another version
        since = session.told[-1][0] if session.told else at  # an older version may have been approved once more
        return bool(self.watch.about(session.person, since, READY))

    def _written(self, session: Appointment, at: datetime) -> bool | None:
        ledger, now, person = self.watch.town.ledger, self.watch.town.now, session.person
        if any(
            word in one.subject for one in self.watch.about(person, session.end, TO_APPROVE) for word in AFTER_ABSENCE
        ):
            return True
        sessions = ledger.appointments[person.number]
        broken = (
            run_of_absences(ledger, person, now) != [session]
            or session.announced is not None
            or ledger.left(person, now)
            or at > session.end + timedelta(days=6)
            or any(when >= session.end for when in ledger.wrote.get(person.number, []))
            or any(session.start < other.start and other.end <= now and not other.gone for other in sessions)
            or any(
                one.matter == "justified" and one.person is person and not one.struck
                for one in ledger.reports
                if one.until and one.until > session.start
            )
        )
        return None if broken else False

    def _alerted(self, session: Appointment) -> bool | None:
        ledger, person = self.watch.town.ledger, session.person
        run = run_of_absences(ledger, person, self.watch.town.now)
        if run is None or len(run) < 2 or session not in run[:2] or ledger.left(person, self.watch.town.now):
            return None
        since = run[1].end - timedelta(hours=1)
        return any(ABSENCES in one.subject for one in self.watch.about(person, since, TO_APPROVE))

    def _doubted(self, session: Appointment, at: datetime) -> bool | None:
        if self.watch.about(session.person, at, PRESENT):
            return True
        return None if session.said != "completed" else False

    def _warned(self, session: Appointment, at: datetime) -> bool | None:
        if self.watch.about(session.person, at, SECOND):
            return True
        ledger, week = self.watch.town.ledger, session.start.astimezone(PARIS).isocalendar()[:2]
        same = [
            one
            for one in ledger.appointments[session.person.number]
            if one.start.astimezone(PARIS).isocalendar()[:2] == week and not one.gone and not one.first
        ]
        away = ledger.rests(session.person, session.start, session.end)
        return None if len(same) < 2 or away or ledger.left(session.person, self.watch.town.now) else False

    def _moved(self, session: Appointment, report: Report) -> None:
        since, until, now = report.since, report.until, self.watch.town.now
        if since is None or until is None or not since <= session.start < until or session.start <= now + AT_ONCE:
            return
        what = f"no letter was drafted to move {_name(session)}"
        self._owe("R06", now, now + AT_ONCE, what, self._told_to_move, session, session.start, report)

    def _told_to_move(self, session: Appointment, start: datetime, report: Report) -> bool | None:
        ledger, person = self.watch.town.ledger, session.person
        if self.watch.about(person, report.at, MOVED):
            return True
        other = session.gone or session.start != start or session.urgent or report.struck
        excused = ledger.justified(person, session.start, self.watch.town.now)
        unknown = person.number not in ledger.assigned or ledger.left(person, self.watch.town.now)
        return None if other or excused or unknown else False

    def _left(self, shown: Letter, person: Person | None, at: datetime) -> bool | None:
        subject = shown.subject.replace(shown.reference, "").partition(" : ")[2].strip()
        boxes = [SUPPORT, *([person.address] if person else [])]
        letters = (one for box in boxes for one in self.watch.town.inboxes.get(box, []) if one.at >= at)
        if any(one.subject == subject for one in letters):
            return True
        if any(self.watch.in_the_dark(box, subject) for box in boxes):
            return None
        answered = [one for one in self.watch.about(person, shown.at, WITHDRAWN, TO_APPROVE, BACK) if one is not shown]
        begin = subject.partition(" :")[0]  # shown once more, where its slots have passed, it may end otherwise
        taken_back = self.watch.about(None, shown.at, WITHDRAWN)  # of a learner's letter it names nobody
        greeted = (one for one in taken_back if person is None or person.first_name in one.text)
        if any(begin in one.subject for one in (*answered, *greeted)):
            return None
        slots = any(words in subject for words in weekly.PROPOSES)  # shown once more, it may be worded for another week
        if slots and any(words in one.subject for one in answered for words in weekly.PROPOSES):
            return None
        return None if person is not None and self.watch.town.ledger.left(person, self.watch.town.now) else False

    def _followed(self, person: Person, letter: Letter) -> bool | None:
        ledger, since = self.watch.town.ledger, letter.written
        if self.watch.about(person, since + WEEK - timedelta(hours=1), OUTCOME):
            return True
        sessions = ledger.appointments.get(person.number, [])
        back = any(one.said == "completed" and one.end > since - timedelta(days=14) for one in sessions)
        known = [one for one in ledger.reports if one.person is person and one.matter in {"back", "left", "justified"}]
        newer = [
            one for one in self.watch.got(None, since + timedelta(hours=1), ABSENCES) if person.name in one.subject
        ]
        return (
            None
            if back or newer or any(one.until is None or one.until > since - timedelta(days=30) for one in known)
            else False
        )

    def _owe(self, rule: str, since: datetime, until: datetime, what: str, kept: object, *about: object) -> None:
        self.watch.owe(Duty(rule, since, until, what, lambda: kept(*about)))  # type: ignore[operator]


def _name(session: Appointment) -> str:
    return f"session {session.number} of {session.person.name}, {session.label}"
