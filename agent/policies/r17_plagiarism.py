"""R17: plagiarism, or a doubt of it, is told to support, with the project and what was found."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Snapshot
from agent.policies.reported import check_reports

RULE = "R17"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """What was reported of the learner and is this rule's by the responsibility matrix."""
    return check_reports(RULE, "plagiarism_alert", snapshot, clause, now)
