"""The rules, in the order in which they are judged. One rule, one file, one row here.

A policy is a pure function of one learner's snapshot, its clause and the instant: it reads no clock, no store, no
network. It says what is owed now, why nothing is owed where nothing is, and when the answer may change by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.model import Clause, Judgement, RuleMode, Snapshot
from agent.policies import r01_first_contact, r07_report, r10_two_absences

Check = Callable[[Snapshot, Clause, datetime], Judgement]


@dataclass(frozen=True, slots=True)
class Policy:
    """A row of the table. `default` holds where the mentor's settings say nothing."""

    rule: str
    check: Check
    default: RuleMode


POLICIES = (
    Policy("R01", r01_first_contact.check, RuleMode.AUTO),
    Policy("R07", r07_report.check, RuleMode.APPROVE),
    Policy("R10", r10_two_absences.check, RuleMode.APPROVE),
)
