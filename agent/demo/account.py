"""What is told of a finished demo: the timeline, the figures, and every mail as a file with a page to read them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.demo.mail import body
from agent.demo.place import AGENT, MENTOR, MENTOR_NAME, PARIS, SUPPORT
from agent.demo.town import Happened, Mailed, Town
from agent.gallery import GalleryMail, write_gallery
from agent.model import Audience, Learner, RequestState, RuleMode, Session, Snapshot
from agent.policies.r07_report import NO_REPORT
from agent.store import OutboxRow, Outgoing

REFERENCE = re.compile(r" \[ma-[a-z2-7]{16}\]")
PROMISES = {
    "P2": "Only the mentor's own, proven word counts; what was understood of it is shown, and can be taken back.",
    "P8": "A source that fails is told to the mentor; nothing is concluded from it.",
    "P12": "The mentor knows who is here, and in which mode.",
}
"""What stands behind the mails that no rule of the school asks for."""


@dataclass
class Figures:
    """What was promised, and how it went. Waits are the longest ones met."""

    letters: Counter[Audience] = field(default_factory=Counter)
    repeated: list[str] = field(default_factory=list)  # subjects of letters that somebody got twice
    contacts: list[timedelta] = field(default_factory=list)
    contacts_late: list[str] = field(default_factory=list)
    approved: int = 0  # letters that left by the mentor's word, before their deadline
    approved_late: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)  # letters to others without her word or a rule set to auto
    reports: list[timedelta] = field(default_factory=list)
    reports_late: list[str] = field(default_factory=list)
    dropped: int = 0
    open: int = 0  # the 48 hours are not over yet

    @property
    def problems(self) -> list[str]:
        """What must not be; empty when all is well."""
        return [
            *(f"sent twice: {what}" for what in self.repeated),
            *(f"first contact late or missing: {who}" for who in self.contacts_late),
            *(f"approved, and sent late: {what}" for what in self.approved_late),
            *(f"sent without the mentor's word: {what}" for what in self.unasked),
            *(f"report late or missing: {what}" for what in self.reports_late),
        ]


def figures(town: Town) -> Figures:
    """Counted from the agent's own store, and from what the post was given."""
    found, store = Figures(), town.world.store
    sent = store.outbox.in_state(Outgoing.SENT)
    found.letters.update(row.audience for row in sent)
    found.repeated = _repeated(town)
    for row in sent:
        if row.audience is not Audience.MENTOR:
            _count_word(town, row, found)
    for learner in store.people.all():
        snapshot = store.people.snapshot(learner, town.now, store.watch_since(town.now))
        _count_contact(town, learner, snapshot, found)
        for session in snapshot.sessions:
            if not session.gone and session.end <= town.now and session.status not in NO_REPORT:
                _count_report(town, session, snapshot, found)
    return found


def _count_word(town: Town, row: OutboxRow, found: Figures) -> None:
    """A letter to a learner or support left by the mentor's word and in time, or its rule is one that needs none."""
    request = town.world.store.requests.get(row.request_id) if row.request_id is not None else None
    if request is None:
        if town.world.rules.mode(row.rule) is not RuleMode.AUTO:
            found.unasked.append(row.subject)
    elif request.state is not RequestState.APPROVED:
        found.unasked.append(row.subject)
    elif request.key == row.key and request.deadline and row.settled_at and row.settled_at > request.deadline:
        found.approved_late.append(row.subject)
    else:
        found.approved += 1


def _repeated(town: Town) -> list[str]:
    seen = Counter(
        (mail.recipient, str(mail.message["Subject"]), body(mail.message))
        for mail in mails(town)
        if mail.sender == AGENT
    )
    return [*town.twice, *(subject for (_, subject, _), times in seen.items() if times > 1)]


def _count_contact(town: Town, learner: Learner, snapshot: Snapshot, found: Figures) -> None:
    due = learner.assigned_at + town.world.clause("R01", town.now).hours("contact_hours")
    first = next((letter.at for letter in snapshot.letters if letter.at >= learner.assigned_at), None)
    if first is not None and first <= due:
        found.contacts.append(first - learner.assigned_at)
    elif first is not None or due <= town.now:
        found.contacts_late.append(learner.name)


def _count_report(town: Town, session: Session, snapshot: Snapshot, found: Figures) -> None:
    due = session.end + town.world.clause("R07", town.now).hours("report_hours")
    request = snapshot.request(f"R07/report/{session.id}")
    handed = town.world.store.outbox.get(f"R07/handover/{session.id}")
    if handed is not None and handed.settled_at is not None and handed.settled_at <= due:
        found.reports.append(handed.settled_at - session.end)
    elif request is not None and request.state is RequestState.DROPPED:
        found.dropped += 1
    elif handed is None and due > town.now:
        found.open += 1
    else:
        found.reports_late.append(f"{session.summary}, {session.start.astimezone(PARIS):%d %B %H:%M}")


def mails(town: Town) -> list[Mailed]:
    """Every mail of the story, in order."""
    return [one for one in town.record if isinstance(one, Mailed)]


def timeline(town: Town) -> Iterator[tuple[str, str]]:
    """The story line by line: what kind of line it is (day, mail, letter, rule or event), and the line.

    A "letter" is what the agent sends to others than the mentor. Times are in the mentor's zone. What a rule says
    stands below the first mail that it is behind; the mentor's copy of a letter is no line of its own.
    """
    day, number, told = "", 0, set[str]()
    numbers = _numbers(town)
    for one in town.record:
        number += isinstance(one, Mailed)
        if isinstance(one, Mailed) and _is_copy(one):
            continue
        at = one.at.astimezone(PARIS)
        if day != (day := f"{at:%A} {at.day} {at:%B %Y}"):
            yield "day", day
        if isinstance(one, Happened):
            yield "event", f"  {at:%H:%M}            {one.text}"
            continue
        outside = one.row is not None and one.row.audience is not Audience.MENTOR
        rule = one.row.rule if one.row is not None else ""
        yield "letter" if outside else "mail", f"  {at:%H:%M}  {number:03}  {rule:3}  {_line(town, one, numbers)}"
        if rule and rule not in told:
            told.add(rule)
            yield "rule", f"                   {reason(town, rule, one.at)}"


def _is_copy(mail: Mailed) -> bool:
    return mail.row is not None and mail.row.key.startswith("notice/")


def _numbers(town: Town) -> dict[str, int]:
    """The mails' numbers, by Message-ID and by the reference that a button's answer has in its subject."""
    numbers: dict[str, int] = {}
    for number, mail in enumerate(mails(town), 1):
        numbers[str(mail.message["Message-ID"])] = number
        if reference := REFERENCE.search(str(mail.message["Subject"])):
            numbers.setdefault(reference[0], number)
    return numbers


def _line(town: Town, mail: Mailed, numbers: dict[str, int]) -> str:
    """Who wrote what to whom; an answer by the number of the mail that it answers."""
    reference = REFERENCE.search(str(mail.message["Subject"]))
    answered = numbers.get(str(mail.message["In-Reply-To"] or (reference and reference[0])))
    if mail.row is None and answered is not None:
        return f"{mail.sender} answers {answered:03}: {mail.remark}"
    return f"{who(town, mail)}: {subject(mail)}{'  ' if mail.remark else ''}{mail.remark}"


def reason(town: Town, rule: str, at: datetime) -> str:
    """The rule with its clause, or the promise, behind a mail of the agent."""
    text = PROMISES[rule] if rule in PROMISES else town.world.clause(rule, at).text["en"]
    return f"{rule}: {text}"


def subject(mail: Mailed) -> str:
    """The subject without its reference, which is noise in a list."""
    return REFERENCE.sub("", str(mail.message["Subject"]))


def who(town: Town, mail: Mailed) -> str:
    """Who wrote to whom, by name. The agent's letters leave in the mentor's name; her answers to it go to herself."""
    names = {one.address: one.name for one in town.world.store.people.all()}
    names |= {SUPPORT: "support", MENTOR: MENTOR_NAME}
    recipient = names.get(mail.recipient, mail.recipient)
    return f"{mail.sender} → {'agent' if recipient == mail.sender else recipient}"


def write_mails(town: Town) -> int:
    """Every mail as a numbered .eml, in order, and a page that shows them all; how many."""
    folder = town.folder / "mails"
    folder.mkdir()
    entries = []
    for number, mail in enumerate(mails(town), 1):
        name = f"{number:03}.eml"
        (folder / name).write_bytes(mail.raw)
        tag = mail.row.rule if mail.row else mail.sender
        note = reason(town, mail.row.rule, mail.at) if mail.row else mail.remark
        entries.append(GalleryMail(f"mails/{name}", mail.raw, tag, note))
    write_gallery(entries, town.folder / "index.html", f"{MENTOR_NAME}: every mail of the demo")
    return len(entries)


def summary(found: Figures) -> list[str]:
    """The figures in a few lines."""
    sent = found.letters
    contacts = len(found.contacts) + len(found.contacts_late)
    due = len(found.reports) + len(found.reports_late)
    repeated = "nothing sent twice" if not found.repeated else f"{len(found.repeated)} SENT TWICE"
    late = f"{len(found.approved_late)} LATE" if found.approved_late else "none late"
    unasked = f"; {len(found.unasked)} WITHOUT IT" if found.unasked else ""
    rest = [
        f"{found.dropped} dropped by the mentor" if found.dropped else "",
        f"{found.open} not due yet" if found.open else "",
    ]
    reports = f"{len(found.reports)} of {due} ready within 48 h of the session" if due else "none due yet"
    return [
        f"Letters        {sent[Audience.LEARNER]} to learners, {sent[Audience.SUPPORT]} to support, "
        f"{sent[Audience.MENTOR]} mails to the mentor; {repeated}",
        f"By her word    {found.approved + len(found.approved_late)} letters to others, {late}{unasked}",
        f"First contact  {len(found.contacts)} of {contacts} within 48 h{_longest(found.contacts)}",
        "; ".join([f"Reports        {reports}{_longest(found.reports)}", *(words for words in rest if words)]),
    ]


def _longest(waits: list[timedelta]) -> str:
    if not waits:
        return ""
    minutes = int(max(waits).total_seconds()) // 60
    return f" (longest wait {minutes // 60} h {minutes % 60:02})"
