"""The people of the demo but for the mentor: the school, its platform, and how learners write.

Nobody here knows how the agent works. Each acts on what lies in their letterbox, and says what was missing if something
that they could count on did not come.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from agent.demo.mail import body, same_signs
from agent.demo.place import MENTOR, MENTOR_NAME, PARIS, SUPPORT
from agent.demo.town import Mailed, StoryError, Town, stamp

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_SLOT = re.compile(
    r"^(?P<number>\d)\. (?P<words>\w+ (?P<day>\d+)(?:er)? (?P<month>\w+) à (?P<hour>\d+) h (?P<minute>\d+))$",
    re.MULTILINE,
)

VIDEO_TOOL = "https://visio.ecole.example/"


@dataclass(frozen=True, slots=True)
class Learner:
    """An invented learner. `minutes`: the length of a session, by funding."""

    name: str
    address: str
    path: str
    project: str
    funding: str
    minutes: int = 45

    @property
    def sender(self) -> str:
        """As a mail program writes it."""
        return f"{self.name} <{self.address}>"


@dataclass
class School:
    """The school's mails, in the two invented French formats that config/recognisers.toml ships."""

    town: Town
    sender: str = "École Exemple <attribution@ecole.example>"

    def assigns(self, learner: Learner, text: str, subject: str = "Nouvel étudiant : {name}", remark: str = "") -> None:
        """Give a learner to the mentor, by mail."""
        values = {name: getattr(learner, name) for name in ("name", "address", "path", "project", "funding")}
        mail = written(self.town, self.sender, subject.format(**values), text.format(**values))
        mail["Auto-Submitted"] = "auto-generated"
        self.town.deliver(mail, remark=remark)


@dataclass
class Platform:
    """The school's platform, which keeps the mentor's calendar."""

    town: Town

    def books(
        self, learner: Learner, start: datetime, number: int = 1, *, cancelled: bool = False, link: str = ""
    ) -> Path:
        """Put a session into the calendar, or change it: the same number is the same entry. `link`: its call."""
        path = self.town.calendar / f"{learner.address.partition('@')[0]}-{number}.ics"
        kind = "découverte" if number == 1 else "mentorat"
        path.write_text(
            entry(
                f"{path.stem}@plateforme.ecole.example",
                f"Session de {kind} avec {learner.name}",
                start,
                timedelta(minutes=learner.minutes),
                self.town.now,
                cancelled=cancelled,
                link=link or VIDEO_TOOL,
            ),
            encoding="utf-8",
            newline="",
        )
        stamp(path, self.town.now)
        return path

    def goes_away(self) -> None:
        """The calendar cannot be reached."""
        self.town.calendar.rename(self.town.folder / "calendar.away")
        self.town.tell("The calendar cannot be reached any more")

    def comes_back(self) -> None:
        """The calendar is as it was."""
        (self.town.folder / "calendar.away").rename(self.town.calendar)
        self.town.tell("The calendar is back, with everything in it")


def entry(
    uid: str, summary: str, start: datetime, length: timedelta, now: datetime, *, cancelled: bool, link: str
) -> str:
    """One VEVENT (RFC 5545), at wall-clock time in the mentor's zone."""
    import icalendar  # noqa: PLC0415 -- heavy, and only the demo writes calendars

    event = icalendar.Event()
    event.add("uid", uid)
    event.add("summary", summary)
    event.add("dtstamp", now)
    event.add("dtstart", start.astimezone(PARIS))
    event.add("dtend", (start + length).astimezone(PARIS))
    event.add("location", link)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Ecole Exemple//Plateforme//FR")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


@dataclass(frozen=True, slots=True)
class Choice:
    """What a letter offers a learner: by number, when it is (the mentor's zone) and how the letter says it."""

    letter: Mailed
    slots: dict[int, tuple[datetime, str]]


def offered(town: Town, learner: Learner) -> Choice:
    """The slots of the newest letter to a learner that has any."""
    for letter in reversed(town.letterboxes.get(learner.address, [])):
        found = _SLOT.finditer(same_lines(letter))
        if slots := {int(one["number"]): (_start(town, one), one["words"]) for one in found}:
            return Choice(letter, slots)
    raise StoryError(f"{at(town)}: {learner.name} expected a letter with slots from the mentor; none came")


def chooses(town: Town, learner: Learner, number: int, words: str) -> datetime:
    """The learner answers that letter with one of its slots; when that is. "{slot}" in `words` is the slot's own."""
    choice = offered(town, learner)
    if number not in choice.slots:
        raise StoryError(f"{at(town)}: {learner.name} expected {number} slots, found {len(choice.slots)}")
    start, said = choice.slots[number]
    answers(town, learner, choice.letter, words.format(slot=said))
    return start


def answers(town: Town, learner: Learner, letter: Mailed, words: str) -> None:
    """The learner answers a letter of the mentor's."""
    reply = written(town, learner.sender, f"Re: {letter.message['Subject']}", words)
    reply["In-Reply-To"] = str(letter.message["Message-ID"])
    town.deliver(reply, remark=short(words))


def writes(town: Town, learner: Learner, subject: str, words: str) -> None:
    """The learner writes of their own accord."""
    town.deliver(written(town, learner.sender, subject, words), remark=short(words))


def got(town: Town, learner: Learner, *words: str) -> Mailed:
    """The newest letter to a learner, which must have these words in its subject."""
    letter = next(reversed(town.letterboxes.get(learner.address, [])), None)
    subject = same_signs(str(letter.message["Subject"])) if letter else "nothing"
    if letter is None or not all(word in subject for word in words):
        raise StoryError(f"{at(town)}: {learner.name} expected a letter “{' … '.join(words)}”, got {subject}")
    return letter


def support_heard(town: Town, about: str) -> bool:
    """Whether the school's support has a letter with these words in its subject."""
    return any(about in same_signs(str(letter.message["Subject"])) for letter in town.letterboxes.get(SUPPORT, []))


def _start(town: Town, slot: re.Match[str]) -> datetime:
    month = _MONTHS.index(slot["month"]) + 1
    return datetime(town.clock().year, month, int(slot["day"]), int(slot["hour"]), int(slot["minute"]), tzinfo=PARIS)


def same_lines(letter: Mailed) -> str:
    """The letter's text, line by line, with plain spaces."""
    return "\n".join(same_signs(line) for line in body(letter.message).splitlines())


def written(town: Town, sender: str, subject: str, text: str, to: str = MENTOR) -> EmailMessage:
    """A person's mail, now. Its Message-ID is the same in every run."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = f"{MENTOR_NAME} <{to}>"
    mail["Subject"] = subject
    mail["Date"] = town.clock()
    domain = mail["From"].addresses[0].domain
    mail["Message-ID"] = f"<{town.clock():%Y%m%d.%H%M}.{len(town.record)}@{domain}>"
    mail.set_content(text.strip() + "\n", cte="quoted-printable")
    return mail


def short(words: str) -> str:
    """What somebody wrote, in one line of the timeline."""
    return f"“{textwrap.shorten(words, 60, placeholder=' …')}”" if words else ""


def at(town: Town) -> str:
    """When it is, for those who complain."""
    return f"{town.clock():%A %d %B, %H:%M}"
