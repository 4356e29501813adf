"""R19: to be written."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Snapshot

RULE = "R19"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Nothing yet."""
    return Judgement()
