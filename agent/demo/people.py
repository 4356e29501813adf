"""The people of the demo: the school and its platform, four learners, and the mentor at her mail program.

Nobody here knows how the agent works. Each acts on what lies in their letterbox, and says what was missing if something
that they could count on did not come.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from agent.demo.mail import body, parse, same_signs
from agent.demo.place import MENTOR, MENTOR_NAME, PARIS
from agent.demo.town import Mailed, StoryError, Town, stamp

_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_SLOT = re.compile(r"^(\d)\. \w+ (\d+)(?:er)? (\w+) à (\d+) h (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Learner:
    """An invented learner. `minutes`: the length of a session, by funding."""

    name: str
    address: str
    path: str
    project: str
    funding: str
    minutes: int = 45


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

    def books(self, learner: Learner, start: datetime, number: int = 1, *, cancelled: bool = False) -> Path:
        """Put a session into the calendar, or change it: the same number is the same entry."""
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


def entry(uid: str, summary: str, start: datetime, length: timedelta, now: datetime, *, cancelled: bool) -> str:
    """One VEVENT (RFC 5545), at wall-clock time in the mentor's zone."""
    import icalendar  # noqa: PLC0415 -- heavy, and only the demo writes calendars

    event = icalendar.Event()
    event.add("uid", uid)
    event.add("summary", summary)
    event.add("dtstamp", now)
    event.add("dtstart", start.astimezone(PARIS))
    event.add("dtend", (start + length).astimezone(PARIS))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Ecole Exemple//Plateforme//FR")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def chooses(town: Town, learner: Learner, number: int, words: str) -> datetime:
    """The learner answers the first-contact letter with one of its slots; when that is."""
    letter = next(iter(town.letterboxes.get(learner.address, [])), None)
    if letter is None:
        raise StoryError(f"{at(town)}: {learner.name} expected a first letter from the mentor; none came")
    offered = {int(n): (int(d), month, int(h), int(m)) for n, d, month, h, m in _SLOT.findall(same_lines(letter))}
    if number not in offered:
        raise StoryError(f"{at(town)}: {learner.name} expected {number} slots in the letter, found {len(offered)}")
    day, month, hour, minute = offered[number]
    here = town.clock()
    start = datetime(here.year, _MONTHS.index(month) + 1, day, hour, minute, tzinfo=PARIS)
    reply = written(town, f"{learner.name} <{learner.address}>", f"Re: {letter.message['Subject']}", words)
    reply["In-Reply-To"] = str(letter.message["Message-ID"])
    town.deliver(reply, remark=short(words))
    town.tell(f"The platform books {learner.name}: {start:%A %d %B, %H:%M}")
    return start


def same_lines(letter: Mailed) -> str:
    """The letter's text, line by line, with plain spaces."""
    return "\n".join(same_signs(line) for line in body(letter.message).splitlines())


@dataclass
class Mentor:
    """Claire Martin at her mail program. She answers what she finds in her inbox, in her own words or by a button."""

    town: Town
    answered: set[str] = field(default_factory=set)
    _read: dict[str, EmailMessage] = field(default_factory=dict)

    def finds(self, *words: str) -> EmailMessage:
        """The newest mail in the inbox with these words in its subject that she has not answered yet."""
        found = [mail for mail in self._inbox() if self._is_about(mail, words)]
        if not found:
            raise StoryError(f"{at(self.town)}: {MENTOR_NAME} expected a mail about “{' … '.join(words)}”; none came")
        return found[-1]

    def finds_nothing(self, *words: str) -> None:
        """She was right not to expect a mail with these words in its subject."""
        found = [mail for mail in self._inbox() if self._is_about(mail, words)]
        if found:
            raise StoryError(f"{at(self.town)}: nobody should have written “{found[-1]['Subject']}”")

    def replies(self, mail: EmailMessage, text: str, notes: str = "") -> None:
        """Answer as mail programs do: her words above the quoted mail. `notes`: a text file that goes with it."""
        date = mail["Date"].datetime.astimezone(PARIS)
        quotation = "\n".join(f"> {line}" for line in body(mail).splitlines())
        head = f"Le {date:%d/%m/%Y à %H:%M}, {MENTOR_NAME} <{MENTOR}> a écrit :"
        reply = written(
            self.town, f"{MENTOR_NAME} <{MENTOR}>", f"Re: {mail['Subject']}", f"{text}\n\n{head}\n{quotation}"
        )
        reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
        if notes:
            reply.add_attachment(notes, filename="notes.txt")
            reply.set_boundary(f"=_{reply['Message-ID'].strip('<>').partition('@')[0]}")
        self._sends(mail, reply, text + (" [notes.txt]" if notes else ""))

    def presses(self, mail: EmailMessage, label: str, more: str = "") -> None:
        """Touch a button of the mail, add some words to what it wrote, and send."""
        links = buttons(mail)
        if label not in links:
            raise StoryError(f"{at(self.town)}: “{mail['Subject']}” has no button “{label}”, only {', '.join(links)}")
        link = urlsplit(links[label])
        fields = parse_qs(link.query)
        text = fields["body"][0].replace("\r\n", "\n") + more
        me = f"{MENTOR_NAME} <{MENTOR}>"
        reply = written(self.town, me, fields["subject"][0], text, unquote(link.path))
        self._sends(mail, reply, more, f"presses “{label}” ")

    def _sends(self, mail: EmailMessage, reply: EmailMessage, words: str, how: str = "") -> None:
        self.answered.add(str(mail["Message-ID"]))
        self.town.deliver(reply, copy_in_sent=True, remark=(how + short(words)).strip())

    def _is_about(self, mail: EmailMessage, words: tuple[str, ...]) -> bool:
        subject = same_signs(str(mail["Subject"]))
        return all(word in subject for word in words) and str(mail["Message-ID"]) not in self.answered

    def _inbox(self) -> list[EmailMessage]:
        """Her inbox, oldest first, her own answers left out. What she looks at is marked as seen, by renaming it."""
        mails = []
        folder = self.town.mail
        for path in [*(folder / "new").iterdir(), *(folder / "cur").iterdir()]:
            name = path.name.partition(":")[0]
            if path.parent.name == "new":
                path = path.rename(folder / "cur" / f"{name}:2,S")  # noqa: PLW2901 -- the same mail at its new place
            if name not in self._read:
                self._read[name] = parse(path.read_bytes())
            mails.append((path.stat().st_mtime, name, self._read[name]))
        return [
            mail for _, _, mail in sorted(mails, key=lambda one: one[:2]) if not str(mail["Subject"]).startswith("Re:")
        ]


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


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._link = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._link and data.strip():
            self.found[same_signs(data)] = self._link

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None


def buttons(mail: EmailMessage) -> dict[str, str]:
    """The mailto links of a mail's HTML part, by what stands on them."""
    html = mail.get_body(("html",))
    links = _Links()
    links.feed(str(html.get_content()) if html is not None else "")
    return {label: link for label, link in links.found.items() if link.startswith("mailto:")}
