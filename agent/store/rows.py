"""Rows of the learners' and the sessions' tables as values, and back."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from agent.model import Funding, Language, Learner, Session, SessionStatus
from agent.store.base import Row, iso, moment


def columns_of(learner: Learner) -> dict[str, object]:
    """A learner as a row, without its id."""
    return {
        "name": learner.name,
        "address": learner.address.lower() if learner.address else None,
        "path": learner.path,
        "project": learner.project,
        "funding": learner.funding.value,
        "language": learner.language.value,
        "informal": int(learner.informal),
        "evenings": int(learner.evenings),
        "zone": learner.zone.key if learner.zone else None,
        "funded_from": learner.funded_from.isoformat() if learner.funded_from else None,
        "funded_until": learner.funded_until.isoformat() if learner.funded_until else None,
        "left_at": iso(learner.left_at),
        "assigned_at": iso(learner.assigned_at),
    }


def learner_of(row: Row) -> Learner:
    """A row of the learners' table as a value."""
    return Learner(
        id=row["id"],
        name=row["name"],
        address=row["address"],
        assigned_at=moment(row["assigned_at"]),
        path=row["path"],
        project=row["project"],
        funding=Funding(row["funding"]),
        language=Language(row["language"]),
        informal=bool(row["informal"]),
        evenings=bool(row["evenings"]),
        zone=ZoneInfo(row["zone"]) if row["zone"] else None,
        funded_from=date.fromisoformat(row["funded_from"]) if row["funded_from"] else None,
        funded_until=date.fromisoformat(row["funded_until"]) if row["funded_until"] else None,
        left_at=moment(row["left_at"]),
    )


def session_of(row: Row) -> Session:
    """A row of the sessions' table as a value."""
    return _session(tuple([row[name] for name in _OF_SESSION]))


_OF_SESSION = (
    *("id", "key", "learner_id", "start", "end", "summary", "gone"),
    *("status", "notes", "notes_at", "planned", "hosts"),
)


@lru_cache(maxsize=4096)  # a learner's history is read at each look, and most of it is settled
def _session(row: tuple[Any, ...]) -> Session:
    number, key, learner_id, start, end, summary, gone, status, notes, notes_at, planned, hosts = row
    return Session(
        id=number,
        key=key,
        learner_id=learner_id,
        start=moment(start),
        end=moment(end),
        summary=summary,
        gone=bool(gone),
        status=SessionStatus(status) if status else None,
        notes=notes,
        notes_at=moment(notes_at),
        planned=moment(planned),
        hosts=tuple(hosts.split()),
    )
