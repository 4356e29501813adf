"""The road of one report: drafted, shown, and once approved handed over to be pasted, with a copy kept as a file."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from agent import briefs, checks, decisions, drafting, outgoing
from agent.errors import UnreadableError
from agent.model import Learner, Obligation, Request, RequestKind, RequestState, Session, SessionStatus, Snapshot
from agent.policies.r07_report import handover_key
from agent.report.draft import Drafted
from agent.report.render import without_marks
from agent.store import NewRequest
from agent.understand import corrections
from agent.world import World


def draft_version(world: World, hit: Obligation, snapshot: Snapshot, session: Session, now: datetime) -> bool:
    """The first draft of a report, or the next version that the mentor asked for."""
    request = world.store.requests.by_key(hit.key)  # perhaps another learner's: the entry may have been corrected
    redo = request if request is not None and request.state is RequestState.REDO else None
    if redo is not None and redo.replaced and redo.instruction:
        drafted = None
        text, writer = redo.instruction, "mentor"
    else:
        brief = briefs.brief_of(world, snapshot, session, redo, now)
        try:
            drafted = drafting.drafted(world, brief, now, due=hit.due, learner_id=hit.learner_id, session_id=session.id)
        except UnreadableError as error:
            _ask_for_notes(world, hit, snapshot.learner, session, str(error), now)
            raise  # `status` shows it, and it is tried again
        text, writer = drafted.text, drafted.report.writer
    with world.store.transaction():
        if drafted is not None and drafted.notes != brief.notes:
            world.store.people.set_notes(session, drafted.notes, now)  # for the next version as well
        if request is None:
            new = NewRequest(
                key=hit.key,
                kind=RequestKind.REPORT,
                rule=hit.rule,
                subject=session.summary,
                text=text,
                writer=writer,
                learner_id=hit.learner_id,
                session_id=session.id,
                deadline=hit.due,
            )
            request = world.store.requests.open(new, world.new_token(), now)
        else:
            request = world.store.requests.add_version(request, world.new_token(), text, writer, now, hit.learner_id)
            world.store.outbox.retire(handover_key(session.id))  # a version that is approved is handed over as well
        changes = corrections.changes(redo.version.text, text) if redo is not None and redo.replaced else ()
        _show(world, request, snapshot.learner, session, drafted, now, changes)
    return True


def _ask_for_notes(
    world: World, hit: Obligation, learner: Learner, session: Session, reason: str, now: datetime
) -> None:
    """No report can be made of these notes: the mentor is told once for each state of them, and asked for more."""
    digest = sha256((session.notes or "").encode()).hexdigest()[:12]
    outgoing.to_mentor(
        world,
        f"{hit.key}/notes/{digest}",
        hit.rule,
        "notes_again",
        now,
        request=decisions.question_of(world, session),
        learner_id=learner.id,
        learner_name=learner.name,
        start=session.start,
        deadline=hit.due,
        reason=_as_sentence(reason),
    )


def _show(
    world: World,
    request: Request,
    learner: Learner,
    session: Session,
    drafted: Drafted | None,
    now: datetime,
    changes: Sequence[corrections.Change],
) -> None:
    outgoing.ask(
        world,
        request,
        "report_draft",
        now,
        learner_name=learner.name,
        start=session.start,
        deadline=request.deadline,
        text=request.version.text,
        version=request.version.number,
        doubts=len(drafted.report.doubts) if drafted else 0,
        # A draft's sentences carry their own marks; the mentor's own text has none.
        checks=list(drafted.report.concerns) if drafted else checks.doubts(world, request.version.text, None, now),
        notes_removed=list(drafted.removed) if drafted else [],
        writer_note=_as_sentence(drafted.reason) if drafted and drafted.reason else None,
        changes=[(change.before, change.after) for change in changes],
    )


def _as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def hand_over(world: World, hit: Obligation, snapshot: Snapshot, session: Session, now: datetime) -> bool:
    """The approved text, as a file and as a mail to paste from. The file comes first: the mail names it."""
    request = next(r for r in snapshot.requests if r.session_id == session.id and r.kind is RequestKind.REPORT)
    if request.state is not RequestState.APPROVED:
        return False
    text = without_marks(request.version.text, world.language)  # the mentor saw the marks and approved
    path = keep(world.settings.state_dir / "reports", snapshot.learner, session, text, world)
    return outgoing.to_mentor(
        world,
        hit.key,
        hit.rule,
        "report_ready",
        now,
        learner_id=hit.learner_id,
        learner_name=snapshot.learner.name,
        start=session.start,
        text=text,
        status=session.status or SessionStatus.COMPLETED,
        file_name=str(path),
    )


def keep(folder: Path, learner: Learner, session: Session, text: str, world: World) -> Path:
    """Write the report where only the mentor can read it; the same session always has the same file."""
    day = session.start.astimezone(world.zone).strftime("%Y-%m-%d-%Hh%M")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{day}-{slug(learner.name)}-{session.id}.txt"
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".report-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")
    Path(temporary).replace(path)
    return path


def slug(name: str) -> str:
    """A name as part of a file name: ASCII letters and digits joined by hyphens, whatever was written."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "apprenant"
