"""R19: exceptional circumstances are told to support, with nothing about health beyond the mentor's words."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Snapshot
from agent.policies.reported import check_reports

RULE = "R19"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """What was reported of the learner and is this rule's by the responsibility matrix."""
    return check_reports(RULE, "exceptional_alert", snapshot, clause, now)
