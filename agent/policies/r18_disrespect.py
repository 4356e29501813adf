"""R18: a lack of respect is told to support, in the mentor's words."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Snapshot
from agent.policies.reported import check_reports

RULE = "R18"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """What was reported of the learner and is this rule's by the responsibility matrix."""
    return check_reports(RULE, "disrespect_alert", snapshot, clause, now)
