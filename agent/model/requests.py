"""What waits for the mentor's word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.model.words import Audience, RequestKind, RequestState


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a request, as the mentor sees it. `token` is its unguessable id (P2)."""

    number: int
    token: str
    subject: str
    text: str
    writer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """Something that waits for the mentor's word. `not_before`: an approved letter leaves no sooner."""

    id: int
    key: str
    kind: RequestKind
    rule: str
    state: RequestState
    learner_id: int | None
    session_id: int | None
    created_at: datetime
    version: Version
    audience: Audience = Audience.MENTOR
    deadline: datetime | None = None
    not_before: datetime | None = None
    instruction: str | None = None  # with REDO: what to change, or the mentor's own text
    replaced: bool = False  # with REDO: `instruction` is the whole new text
    asleep_until: datetime | None = None  # the mentor answers later: shown again then, no reminder before
    subject_key: str | None = None  # what the answer acts on: an outbox key, an assignment's fact key
