"""`report LEARNER`: a draft for a session from notes at hand, or what would leave this machine for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import click

from agent import briefs, drafting, event_notes, reports
from agent.commands.common import clock, find_learner, local, opened, print_json
from agent.errors import TerminalError
from agent.model import Brief, Language, Learner, Session, SessionStatus
from agent.preview import Preview, preview
from agent.report import render
from agent.report.draft import Drafted
from agent.understand.mail import Attachment
from agent.understand.session_answer import notes_of_file
from agent.world import World

MOST = 2_000_000
"""Bytes of a file of notes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. `notes`: a file, "-" for standard input, None for what is known of the session."""

    learner: str
    notes: str | None = None
    day: date | None = None
    language: str | None = None
    form: str = "text"
    keep: bool = False


def draft(path: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Print a checked draft with its marks, what was kept from the model, and why it is not what was asked for."""
    with opened(path) as world:
        now = clock()
        learner, session, brief = _brief(world, wanted, now)
        drafted = drafting.drafted(world, brief, now, learner_id=learner.id, session_id=session.id)
        text = _text(drafted, brief.language, wanted.form)
        plain = render.without_marks(drafted.text, brief.language)
        folder = world.settings.state_dir / "reports"
        kept = reports.keep(folder, learner, session, plain, world) if wanted.keep else None
        start = local(session.start, world.zone)
    if as_json:
        said = {"learner": learner.name, "session": session.start.isoformat(), "text": text}
        marked = [one.text for one in drafted.report.doubts]
        told = {
            "concerns": drafted.report.concerns,
            "removed": drafted.removed,
            "reason": drafted.reason,
            "writer": drafted.report.writer,
            "marked": marked,
        }
        print_json({**said, **told, "file": str(kept) if kept else None})
        return
    click.echo(f"{learner.name}, {start}, by {drafted.report.writer}\n", err=True)
    click.echo(text, nl=False)
    for line in drafted.report.concerns:
        click.echo(f"to check: {line}", err=True)
    for line in drafted.removed:
        click.echo(f"kept from the model: {line}", err=True)
    if drafted.reason:
        click.echo(f"note: {drafted.reason}", err=True)
    if kept:
        click.echo(f"kept without its marks: {kept}", err=True)


def show_prompt(path: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Print what would leave, and nothing else on standard output: the messages of each request as they would go."""
    with opened(path) as world:
        now = clock()
        _, _, brief = _brief(world, wanted, now)
        found = preview(world, brief, now)
    if as_json:
        print_json({"where": found.where or None, "requests": found.requests, "removed": found.removed})
        return
    _say(found)


def _say(found: Preview) -> None:
    if not found.requests:
        click.echo("nothing leaves this machine for this report")
    for number, messages in enumerate(found.requests, start=1):
        click.echo(f"request {number} of {len(found.requests)} to {found.where}", err=True)
        for message in messages:
            click.echo(f"--- {message['role']}", err=True)
            click.echo(message["content"])
    if len(found.requests) > 1:
        click.echo("long notes are condensed first: the model chooses which lines the last request holds", err=True)
    for line in found.removed:
        click.echo(f"taken out: {line}", err=True)
    for name in found.others:
        click.echo(f"replaced, and put back afterwards: {name}", err=True)


def _brief(world: World, wanted: Wanted, now: datetime) -> tuple[Learner, Session, Brief]:
    learner = find_learner(world, wanted.learner)
    session = _session(world, learner, wanted.day, now)
    snapshot = world.store.people.snapshot(learner, now, world.store.watch_since(now))
    brief = briefs.brief_of(world, snapshot, session, None, now)
    notes = _notes(wanted.notes) if wanted.notes is not None else brief.notes or event_notes.of(world, session)
    status = SessionStatus.COMPLETED if wanted.notes is not None else brief.status
    language = Language(wanted.language) if wanted.language else brief.language
    return learner, session, replace(brief, notes=notes, status=status, language=language)


def _session(world: World, learner: Learner, day: date | None, now: datetime) -> Session:
    """The last session that has begun, or the one of that day in the mentor's zone."""
    begun = [one for one in world.store.people.sessions(learner.id) if not one.gone and one.start <= now]
    if day is not None:
        begun = [one for one in begun if one.start.astimezone(world.zone).date() == day]
    if not begun:
        when = f"on {day}" if day else "yet"
        raise TerminalError(f"no session with {learner.name} has begun {when}; `mentor-agent learners show` lists them")
    return begun[-1]


def _notes(file: str) -> str:
    """The text of a file of notes or of a transcript, by its name; from standard input as it stands."""
    if file == "-":
        return sys.stdin.read(MOST)
    path = Path(file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TerminalError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > MOST:
        raise TerminalError(f"{path}: {len(data)} bytes are too many for notes; {MOST} at most")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what editors on Windows write
    return notes_of_file(Attachment(path.name, "text/plain", text, len(data)))


def _text(drafted: Drafted, language: Language, form: str) -> str:
    if form == "sources":
        return render.as_sources(drafted.report, language)
    makers = {"text": render.as_text, "markdown": render.as_markdown, "html": render.as_html}
    return makers[form](drafted.report, language, marks=True)
