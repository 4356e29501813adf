"""The values everything speaks in. Frozen, plain, importing nothing of ours.

Every datetime is aware and in UTC; the mentor's zone appears only where text is rendered or weeks are counted.
"""

from __future__ import annotations

from agent.model.law import Clause, Desk, Judgement, Miss, Obligation, Responsibility, Snapshot
from agent.model.people import Assignment, Learner, Offer, SeenLetter, Session, Situation, Slot
from agent.model.reports import LAST_GOALS, Brief, Goal, GoalOutcome, Report, Section, Sentence
from agent.model.requests import Request, Version
from agent.model.words import (
    MATRIX,
    REPLY_MARKER,
    Act,
    Audience,
    Funding,
    Language,
    Matter,
    Party,
    Proof,
    RequestKind,
    RequestState,
    RuleMode,
    SessionStatus,
)

__all__ = [
    "LAST_GOALS",
    "MATRIX",
    "REPLY_MARKER",
    "Act",
    "Assignment",
    "Audience",
    "Brief",
    "Clause",
    "Desk",
    "Funding",
    "Goal",
    "GoalOutcome",
    "Judgement",
    "Language",
    "Learner",
    "Matter",
    "Miss",
    "Obligation",
    "Offer",
    "Party",
    "Proof",
    "Report",
    "Request",
    "RequestKind",
    "RequestState",
    "Responsibility",
    "RuleMode",
    "Section",
    "SeenLetter",
    "Sentence",
    "Session",
    "SessionStatus",
    "Situation",
    "Slot",
    "Snapshot",
    "Version",
]
