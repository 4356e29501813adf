"""The rules, in the order in which they are judged. One rule, one file, one row here.

A policy is a pure function of one learner's snapshot, its clause and the instant: it reads no clock, no store, no
network. It says what is owed now, why nothing is owed where nothing is, and when the answer may change by itself. What
concerns the mentor and no single learner is judged once, at the desk. Rules that are checks (on a text, a slot, a
report) have their function in the same file, and say here what they would stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.model import Clause, Desk, Judgement, RuleMode, Snapshot
from agent.policies import (
    r01_first_contact,
    r02_form_of_address,
    r03_weekly_session,
    r04_unplanned_weeks,
    r05_session_takes_place,
    r06_mentor_away,
    r07_report,
    r08_true_status,
    r09_first_absence,
    r10_two_absences,
    r11_justified_absence,
    r12_after_the_alert,
    r13_repeated_incidents,
    r14_worrying_delay,
    r15_dropout_risk,
    r16_mere_lateness,
    r17_plagiarism,
    r18_disrespect,
    r19_exceptional,
    r20_learners_own_matters,
    r21_second_session,
    r22_cut_short,
    r23_never_completed_when_absent,
    r24_video_tool,
    r25_evenings_and_weekends,
    r26_progress,
    r27_indicators,
    r28_civility,
    r29_calendar,
)

Check = Callable[[Snapshot, Clause, datetime], Judgement]
DeskCheck = Callable[[Desk, Clause, datetime], Judgement]


@dataclass(frozen=True, slots=True)
class Policy:
    """A row of the table. `default` holds where the mentor's settings say nothing."""

    rule: str
    check: Check
    default: RuleMode
    desk: DeskCheck | None = None


POLICIES = (
    Policy("R01", r01_first_contact.check, RuleMode.AUTO),
    Policy("R02", r02_form_of_address.check, RuleMode.AUTO),
    Policy("R03", r03_weekly_session.check, RuleMode.APPROVE),
    Policy("R04", r04_unplanned_weeks.check, RuleMode.APPROVE),
    Policy("R05", r05_session_takes_place.check, RuleMode.APPROVE),
    Policy("R06", r06_mentor_away.check, RuleMode.APPROVE, desk=r06_mentor_away.desk),
    Policy("R07", r07_report.check, RuleMode.APPROVE),
    Policy("R08", r08_true_status.check, RuleMode.AUTO),
    Policy("R09", r09_first_absence.check, RuleMode.APPROVE),
    Policy("R10", r10_two_absences.check, RuleMode.APPROVE),
    Policy("R11", r11_justified_absence.check, RuleMode.AUTO),
    Policy("R12", r12_after_the_alert.check, RuleMode.AUTO),
    Policy("R13", r13_repeated_incidents.check, RuleMode.APPROVE),
    Policy("R14", r14_worrying_delay.check, RuleMode.APPROVE),
    Policy("R15", r15_dropout_risk.check, RuleMode.APPROVE),
    Policy("R16", r16_mere_lateness.check, RuleMode.AUTO),
    Policy("R17", r17_plagiarism.check, RuleMode.APPROVE),
    Policy("R18", r18_disrespect.check, RuleMode.APPROVE),
    Policy("R19", r19_exceptional.check, RuleMode.APPROVE),
    Policy("R20", r20_learners_own_matters.check, RuleMode.APPROVE),
    Policy("R21", r21_second_session.check, RuleMode.AUTO),
    Policy("R22", r22_cut_short.check, RuleMode.AUTO),
    Policy("R23", r23_never_completed_when_absent.check, RuleMode.AUTO),
    Policy("R24", r24_video_tool.check, RuleMode.AUTO),
    Policy("R25", r25_evenings_and_weekends.check, RuleMode.AUTO),
    Policy("R26", r26_progress.check, RuleMode.AUTO),
    Policy("R27", r27_indicators.check, RuleMode.AUTO, desk=r27_indicators.desk),
    Policy("R28", r28_civility.check, RuleMode.AUTO),
    Policy("R29", r29_calendar.check, RuleMode.AUTO, desk=r29_calendar.desk),
)
