"""What letters may speak of: the facts behind an obligation, by the names that the templates use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from agent import diary, phrasing
from agent.model import Audience, Desk, Language, Learner, Obligation, Party, Session, Situation, Slot, Snapshot
from agent.policies.weeks import midnight
from agent.world import World


def language_of(world: World, audience: Audience, learner: Learner | None) -> Language:
    """Learners are written to in their own language, everybody else in the mentor's."""
    return learner.language if audience is Audience.LEARNER and learner is not None else world.language


def values(world: World, hit: Obligation, subject: Snapshot | Desk, slots: list[Slot], now: datetime) -> dict[str, Any]:
    """Every name that a letter about this obligation may use, None or empty where there is nothing to say.

    sessions: (start, end) pairs; situations: what was reported; weeks: their Mondays; tried: sentences.
    """
    language = language_of(world, hit.audience, subject.learner)
    ids = {int(number) for number in hit.detail.get("situations", "").split()}
    situations = [s for s in subject.situations if s.id in ids]
    wanted = {int(number) for number in hit.detail.get("sessions", "").split()}
    weeks = [date.fromisoformat(text) for text in hit.detail.get("weeks", "").split()]
    said = [matrix.text[language] for s in situations if (matrix := world.rules.matrix.get(s.matter))]
    return {
        **_of_learner(world, subject.learner, now),
        "slots": slots,
        "session": _span(next((s for s in subject.sessions if s.id == hit.session_id), None)),
        "sessions": [_span(s) for s in subject.sessions if s.id in wanted],
        "names": [_name(subject, s) for s in subject.sessions if s.id in wanted],
        "next_session": _span(_next(subject, now, hit.session_id)),
        "situations": situations,
        "words": [s.words for s in situations if _may_be_quoted(s, hit.audience)],
        "matters": said,
        "weeks": [midnight(week, world.zone) for week in weeks],
        "contexts": [text for text in hit.detail.get("contexts", "").split("\n") if text],
        "reasons": _reasons(world, hit, language),
        "since": _instant(hit, "since"),
        "until": _instant(hit, "until"),
        "tried": _tried(world, subject, language),
        "due": hit.due,
        "not_before": hit.not_before,
        "detail": dict(hit.detail),
        "support": world.settings.school.support,
        **_of_source(world, hit),
    }


def _may_be_quoted(situation: Situation, audience: Audience) -> bool:
    """A learner's words are for the mentor alone; none are kept where they speak of health."""
    return bool(situation.words) and (audience is Audience.MENTOR or situation.by is not Party.LEARNER)


def _of_source(world: World, hit: Obligation) -> dict[str, str]:
    """What is said of a server that cannot be reached (R29)."""
    name = hit.detail.get("source")
    if name is None:
        return {}
    return {
        "source": world.phrases.say(world.language, f"source.{name}"),
        "message": world.store.sources.get(name).last_error or "",
        "advice": world.phrases.say(world.language, "advice.source"),
    }


def _of_learner(world: World, learner: Learner | None, now: datetime) -> dict[str, Any]:
    if learner is None:
        return {"learner_name": "", "first_name": "", "learner_address": "", "path": None, "project": None}
    return {
        "learner_name": learner.name,
        "first_name": learner.first_name,
        "learner_address": learner.address or "",
        "path": learner.path,
        "project": learner.project,
        "informal": learner.informal,
        "session_minutes": int(diary.session_length(world, learner, now) / timedelta(minutes=1)),
    }


def _span(session: Session | None) -> tuple[datetime, datetime] | None:
    return None if session is None else (session.start, session.end)


def _name(subject: Snapshot | Desk, session: Session) -> str:
    if isinstance(subject, Desk):
        return subject.names.get(session.learner_id or 0, "")
    return subject.learner.name


def _next(subject: Snapshot | Desk, now: datetime, but: int | None) -> Session | None:
    """The next session, other than the one the letter is about."""
    return next((s for s in subject.sessions if s.start > now and not s.gone and s.id != but), None)


def _instant(hit: Obligation, name: str) -> datetime | None:
    return datetime.fromisoformat(hit.detail[name]) if name in hit.detail else None


def _reasons(world: World, hit: Obligation, language: Language) -> list[str]:
    """detail["reasons"] is "name=count name=count": the sentences are in the phrases."""
    pairs = (part.split("=") for part in hit.detail.get("reasons", "").split())
    return [world.phrases.say(language, f"reason.{name}", count=count) for name, count in pairs]


def _tried(world: World, subject: Snapshot | Desk, language: Language) -> list[str]:
    """What the mentor did so far: the latest letters to the learner, by the rule behind each."""
    if isinstance(subject, Desk):
        return []
    found = []
    for letter in subject.letters[-4:]:
        rule, _, rest = (letter.key or "").partition("/")
        kind = "booking" if rest.startswith("book/") else rule  # a confirmation, under the rule that had offered it
        name = f"tried.{kind}" if f"tried.{kind}" in world.phrases.names() else "tried.mail"
        day = phrasing.day(letter.at, world.zone, language)
        found.append(world.phrases.say(language, name, day=day, first_name=subject.learner.first_name))
    return found
