"""A learner's life in random steps: sessions, statuses put right, justifications, letters that leave, time that passes.

After every step the rules on absences (R09 to R12) are judged together and must agree with what the story says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.decide import Plan, Rules, decide
from agent.model import (
    Audience,
    Matter,
    Obligation,
    RequestKind,
    RequestState,
    RuleMode,
    Session,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies import POLICIES
from tests.policies.histories import ABSENT, COMPLETED, DAY, excused, run_of, statuses
from tests.policies.snapshots import ASSIGNED, GUIDELINES, MATRIX, at, request, session, situation, snapshot

JUDGED = {"R09", "R10", "R11", "R12"}
OTHERS = {policy.rule: RuleMode.OFF for policy in POLICIES if policy.rule not in JUDGED}
RULES = Rules(GUIDELINES, OTHERS, ZoneInfo("Europe/Paris"), MATRIX)


class Absences(RuleBasedStateMachine):
    """One learner; `hours` is the clock, counted from the assignment."""

    def __init__(self) -> None:
        super().__init__()
        self.hours = 1.0
        self.sessions: list[Session] = []
        self.situations: list[Situation] = []
        self.queued: dict[str, float] = {}
        self.told: dict[str, tuple[int, ...]] = {}
        self.asked: list[str] = []
        self.reported = 0

    @initialize(start=st.integers(1, 40))
    def first_session_is_planned(self, start: int) -> None:
        self.sessions.append(session(1, float(start)))

    @rule(status=statuses, days=st.integers(1, 9))
    def a_session_takes_place(self, status: SessionStatus | None, days: int) -> None:
        self.hours += days * DAY
        number = len(self.sessions) + 1
        self.sessions.append(session(number, self.hours - 1, status))

    @rule(status=statuses, back=st.integers(1, 5))
    def a_status_is_put_right(self, status: SessionStatus | None, back: int) -> None:
        index = max(len(self.sessions) - back, 0)
        self.sessions[index] = replace(self.sessions[index], status=status)

    @rule(back=st.integers(1, 4), days=st.integers(1, 20))
    def an_absence_is_justified(self, back: int, days: int) -> None:
        since = self.since(self.sessions[max(len(self.sessions) - back, 0)].start)
        self.report(Matter.JUSTIFIED, since=since, until=since + days * DAY)

    @precondition(lambda self: any(s.matter is Matter.JUSTIFIED for s in self.situations))
    @rule()
    def the_last_justification_is_taken_back(self) -> None:
        self.situations.remove([s for s in self.situations if s.matter is Matter.JUSTIFIED][-1])

    @rule()
    def the_learner_is_said_to_be_back(self) -> None:
        self.report(Matter.BACK)

    @rule(days=st.integers(1, 8))
    def time_passes(self, days: int) -> None:
        self.hours += days * DAY

    @rule()
    def the_mentor_approves_everything(self) -> None:
        """Letters whose time has come are queued, questions asked."""
        for hit in self.plan().hits:
            if hit.question is not None:
                self.asked.append(hit.key)
            elif hit.not_before is None or hit.not_before <= self.now:
                assert hit.key not in self.queued, "a key is performed once"
                self.queued[hit.key] = self.hours
                self.told[hit.key] = self.named(hit)
        self.hours += 0.1

    @property
    def now(self) -> datetime:
        return at(self.hours)

    def since(self, moment: datetime) -> float:
        return (moment - ASSIGNED) / timedelta(hours=1)

    def report(self, matter: Matter, since: float | None = None, until: float | None = None) -> None:
        self.hours += 0.1
        self.reported += 1
        self.situations.append(situation(self.reported, matter, self.hours, since=since, until=until))

    def known(self) -> Snapshot:
        requests = tuple(request(key, RequestState.WAITING, kind=RequestKind.OUTCOME) for key in self.asked)
        return snapshot(
            *self.sessions, situations=tuple(self.situations), queued=self.queued, requests=requests, watch_since=-1000
        )

    def plan(self) -> Plan:
        return decide(self.known(), RULES, self.now)

    def named(self, hit: Obligation) -> tuple[int, ...]:
        return tuple(int(number) for number in hit.detail.get("sessions", "").split())

    def hit(self, prefix: str) -> Obligation | None:
        return next((hit for hit in self.plan().hits if hit.key.startswith(prefix)), None)

    @invariant()
    def nothing_that_was_done_is_owed_again(self) -> None:
        assert not {hit.key for hit in self.plan().hits} & set(self.queued)

    @invariant()
    def every_rule_says_something_and_every_letter_has_its_reason(self) -> None:
        plan = self.plan()
        assert {hit.rule for hit in plan.hits} | {miss.rule for miss in plan.misses} >= JUDGED
        assert all(hit.reason for hit in plan.hits)

    @invariant()
    def an_alert_names_two_unjustified_absences_in_a_row(self) -> None:
        hit, run = self.hit("R10/alert/"), run_of(self.known(), self.hours)
        if hit is not None:
            assert self.named(hit) == tuple(one.id for one in run[:2])
            assert hit.not_before == run[1].end + timedelta(hours=48)

    @invariant()
    def two_in_a_row_of_which_support_was_never_told_are_owed_an_alert(self) -> None:
        run = run_of(self.known(), self.hours)
        told = {number for key, numbers in self.told.items() if "alert" in key for number in numbers}
        if len(run) > 1 and not told & {one.id for one in run}:
            assert self.hit("R10/alert/") is not None

    @invariant()
    def support_is_never_told_of_the_same_two_absences_twice(self) -> None:
        alerts = [numbers for key, numbers in self.told.items() if "alert" in key]
        assert len(alerts) == len(set(alerts))

    @invariant()
    def one_absence_is_written_about_to_the_learner_alone(self) -> None:
        hit, run = self.hit("R09/"), run_of(self.known(), self.hours)
        if hit is not None:
            assert hit.audience is Audience.LEARNER
            assert [one.id for one in run] == [hit.session_id]
        if len(run) == 1:
            assert self.hit("R10/alert/") is None

    @invariant()
    def only_a_justification_after_the_alert_is_followed_up(self) -> None:
        hit = self.hit("R10/follow-up/")
        if hit is None:
            return
        told = self.queued[f"R10/alert/{hit.session_id}"]
        numbers = {int(number) for number in hit.detail["situations"].split()}
        late = [s for s in self.situations if s.id in numbers]
        assert late
        assert all(s.matter is Matter.JUSTIFIED and s.at > at(told) for s in late)
        for one in self.sessions:
            assert one.id not in self.named(hit) or (one.status is ABSENT and excused(one, tuple(late)))

    @invariant()
    def the_question_of_r12_comes_a_week_after_an_alert_and_not_to_who_came_back(self) -> None:
        hit = self.hit("R12/")
        if hit is None:
            return
        told = self.queued[f"R10/alert/{hit.session_id}"]
        assert self.hours >= told + 7 * DAY
        last = next(one for one in self.sessions if one.id == hit.session_id)
        assert not [one for one in self.sessions if one.start > last.start and one.status is COMPLETED]
        assert not [s for s in self.situations if s.matter is Matter.BACK and s.at >= at(told)]

    @invariant()
    def with_nothing_new_the_answer_is_the_same_until_it_is_looked_at_again(self) -> None:
        plan = self.plan()
        if plan.look_again is not None:
            before = decide(self.known(), RULES, plan.look_again - timedelta(seconds=1))
            assert {hit.key for hit in before.hits} == {hit.key for hit in plan.hits}
        else:
            later = decide(self.known(), RULES, self.now + timedelta(days=400))
            assert {hit.key for hit in later.hits} == {hit.key for hit in plan.hits}


TestAbsences = Absences.TestCase
TestAbsences.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
