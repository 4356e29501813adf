"""What R14, R15, R17, R18 and R19 share: a reported matter becomes one alert to support, in the reporter's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from agent.model import Act, Audience, Clause, Judgement, Miss, Obligation, Party, RequestState, Situation, Snapshot
from agent.policies.settled import left, miss
from agent.policies.timing import day

OPEN = {RequestState.WAITING, RequestState.REDO, RequestState.APPROVED}


def check_reports(rule: str, template: str, snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """One alert for each matter that was reported and is this rule's by the responsibility matrix."""
    if gone := left(rule, snapshot, now):
        return gone
    return one_each(rule, snapshot.entrusted(rule), template, snapshot, clause, now)


def one_each(
    rule: str,
    reports: Iterable[Situation],
    template: str,
    snapshot: Snapshot,
    clause: Clause,
    now: datetime,
    same: Callable[[Situation], object] = lambda s: (s.matter, s.project),
    detail: Callable[[Situation], dict[str, str]] = lambda _: {},
) -> Judgement:
    """An alert for each of these reports, given oldest first, but where an earlier one's alert says it already.

    `same`: reports for which it is equal need one alert within the window. `detail`: what the letter says beside.
    """
    hits: list[Obligation] = []
    misses: list[Miss] = []
    told: list[Situation] = []
    for report in reports:
        key = key_of(rule, report)
        before = next((t for t in told if same(t) == same(report) and _within(t, report, rule, snapshot, clause)), None)
        if before is not None and key not in snapshot.done:
            misses.append(Miss(rule, f"{what(report)}: the alert on {what(before)} says so already"))
            continue
        if (late := too_late(rule, key, report, snapshot, clause, now)) is not None:
            misses.append(late)
            continue
        found = alert(rule, report, snapshot, clause, template, detail(report))
        if isinstance(found, Obligation):
            hits.append(found)
        else:
            misses.append(found)
        if isinstance(found, Obligation) or key in snapshot.done:
            told.append(report)
    if not hits and not misses:
        return miss(rule, "nothing of the kind was reported")
    return Judgement(tuple(hits), tuple(misses))


def key_of(rule: str, situation: Situation) -> str:
    """Names the alert on what was reported."""
    return f"{rule}/alert/{situation.id}"


def what(situation: Situation) -> str:
    """What was reported and when, inside a reason."""
    return f"{situation.matter.value.replace('_', ' ')} reported on {day(situation.at)}"


def too_late(
    rule: str, key: str, situation: Situation, snapshot: Snapshot, clause: Clause, now: datetime
) -> Miss | None:
    """Why a report is too old to begin anything; None where it is not, or where the mentor was asked and may answer."""
    request = snapshot.request(key)
    if key in snapshot.done or (request is not None and request.state in OPEN):
        return None
    if snapshot.watch_since is not None and situation.at < snapshot.watch_since:
        return Miss(rule, f"{what(situation)}: before the agent began to watch")
    if situation.at <= now - clause.days("window_days"):
        return Miss(rule, f"{what(situation)}: more than {clause.numbers['window_days']:g} days ago")
    return None


def alert(
    rule: str, situation: Situation, snapshot: Snapshot, clause: Clause, template: str, detail: dict[str, str]
) -> Obligation | Miss:
    """The alert that a situation asks for, or why it asks for none. The key is the situation's own."""
    key = key_of(rule, situation)
    if snapshot.matrix[situation.matter].contact is not Party.MENTOR:
        return Miss(rule, f"{what(situation)}: by the responsibility matrix the learner contacts support")
    if key in snapshot.done:
        return Miss(rule, f"{what(situation)}: support was told, or the letter is on its way")
    request = snapshot.request(key)
    if request is not None and request.state is RequestState.DROPPED:
        return Miss(rule, f"{what(situation)}: the mentor decided against the alert")
    return Obligation(
        key=key,
        rule=rule,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        session_id=situation.session_id,
        template=template,
        due=situation.at + clause.hours("alert_hours"),
        reason=f"{what(situation)}: \u201c{situation.words}\u201d",
        detail={"situations": str(situation.id), **detail},
    )


def _within(told: Situation, report: Situation, rule: str, snapshot: Snapshot, clause: Clause) -> bool:
    """Whether support was told of the earlier report, or is about to be, within the window before the later one."""
    return snapshot.queued.get(key_of(rule, told), told.at) > report.at - clause.days("window_days")
