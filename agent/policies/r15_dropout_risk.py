"""R15: a risk of dropping out is told to support, with the reasons: when it is reported, or when signals add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.model import (
    Act,
    Audience,
    Clause,
    Judgement,
    Matter,
    Miss,
    Obligation,
    RequestState,
    SessionStatus,
    Situation,
    Snapshot,
)
from agent.policies import r10_two_absences, r13_repeated_incidents, r14_worrying_delay
from agent.policies.periods import justification
from agent.policies.reported import OPEN, one_each
from agent.policies.said import called_off
from agent.policies.settled import joined, left
from agent.policies.timing import day, earliest

RULE = "R15"
SIGNALS = f"{RULE}/signals/"
"""How the keys of alerts begin that no report asked for."""

MARKED = {
    SessionStatus.ABSENT: "absences",
    SessionStatus.CANCELLED_LATE: "late_cancellations",
    SessionStatus.CANCELLED: "cancellations",
}
REPORTED = {
    Matter.LATE_ARRIVAL: "late_arrivals",
    Matter.DELAY: "delay",
    Matter.DISENGAGEMENT: "disengagement",
}


OTHERS = {"R10": r10_two_absences.check, "R13": r13_repeated_incidents.check, "R14": r14_worrying_delay.check}
"""The rules that tell support of the same things for their own reasons."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign that a learner may give up. `kind` is the name of its sentence in the letters' phrases."""

    at: datetime
    kind: str
    id: str


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Reports first: the signals are their reasons, and need no alert of their own beside it. One alert a window."""
    if gone := left(RULE, snapshot, now):
        return gone
    signals = _signals(snapshot, now)
    reasons = _reasons(_between(signals, now - clause.days("window_days"), now))
    reports = [s for s in snapshot.entrusted(RULE) if not _warned(s, snapshot, clause)]
    told = one_each(
        RULE,
        reports,
        "dropout_alert",
        snapshot,
        clause,
        now,
        same=lambda _: None,
        detail=lambda _: {"reasons": reasons},
    )
    added = _added_up(signals, snapshot, clause, now, reported=bool(told.hits))
    ends = (session.end for session in snapshot.sessions if session.status in MARKED)
    return joined([*told.hits, *told.misses, added], earliest((*ends, told.look_again), now))


def _warned(report: Situation, snapshot: Snapshot, clause: Clause) -> bool:
    """Whether an alert on the signals went within the window before the report: support knows."""
    sent = (at for key, at in snapshot.of_rule(RULE).items() if key.startswith(SIGNALS))
    return any(report.at - clause.days("window_days") < at <= report.at for at in sent)


def _added_up(
    signals: tuple[Signal, ...], snapshot: Snapshot, clause: Clause, now: datetime, *, reported: bool
) -> Obligation | Miss:
    """The alert that so many different signals ask for though nobody reported anything."""
    window, needed = clause.days("window_days"), int(clause.numbers["signals"])
    asked = next((s for s in signals if _is_open(s, snapshot)), None)
    found = _between(signals, (asked.at if asked else now) - window, asked.at if asked else now)
    kinds = sorted({signal.kind.replace("_", " ") for signal in found})
    names = f"{', '.join(kinds) or 'no signal'} within {clause.numbers['window_days']:g} days"
    if len(kinds) < needed:
        return Miss(RULE, f"{names}: {needed} different signals are a risk by themselves")
    latest = asked or found[-1]
    if asked is None and (rule := _said_by(latest, snapshot, now)) is not None:
        return Miss(RULE, f"{names}: {rule} tells support of the latest, on {day(latest.at)}")
    if reported:
        return Miss(RULE, f"{names}: the reported risk is told with them")
    if asked is None and (told := _decided(snapshot)) is not None and told > now - window:
        return Miss(RULE, f"{names}: an alert was made on {day(told)}")
    if asked is None and snapshot.watch_since is not None and latest.at < snapshot.watch_since:
        return Miss(RULE, f"{names}: before the agent began to watch")
    return Obligation(
        key=SIGNALS + latest.id,
        rule=RULE,
        act=Act.LETTER,
        audience=Audience.SUPPORT,
        learner_id=snapshot.learner.id,
        template="dropout_alert",
        due=latest.at + clause.hours("alert_hours"),
        reason=f"{names}, the latest on {day(latest.at)}",
        detail={"reasons": _reasons(found)},
    )


def _signals(snapshot: Snapshot, now: datetime) -> tuple[Signal, ...]:
    """Every signal so far, oldest first. What was excused, or was the mentor's own doing, is none."""
    marked = (
        Signal(session.start, MARKED[session.status], f"session-{session.id}")
        for session in snapshot.sessions
        if session.status in MARKED
        and snapshot.learner.assigned_at < session.end <= now
        and justification(snapshot, session) is None
        and called_off(snapshot, session) is None
    )
    reported = (
        Signal(s.at, REPORTED[s.matter], f"situation-{s.id}")
        for s in snapshot.said(*REPORTED)
        if s.learner_id == snapshot.learner.id
    )
    return tuple(sorted((*marked, *reported), key=lambda signal: (signal.at, signal.id)))


def _between(signals: Iterable[Signal], after: datetime, until: datetime) -> list[Signal]:
    return [signal for signal in signals if after < signal.at <= until]


def _reasons(signals: Iterable[Signal]) -> str:
    """ "absences=2 delay=1": which sentences the letter says, and with which counts."""
    counts = Counter(signal.kind for signal in signals)
    return " ".join(f"{kind}={counts[kind]}" for kind in (*MARKED.values(), *REPORTED.values()) if counts[kind])


def _is_open(signal: Signal, snapshot: Snapshot) -> bool:
    key = SIGNALS + signal.id
    request = snapshot.request(key)
    return request is not None and request.state in OPEN and key not in snapshot.done


def _said_by(latest: Signal, snapshot: Snapshot, now: datetime) -> str | None:
    """The rule whose own alert is about this very signal: the same facts make no second letter beside it."""
    kind, _, number = latest.id.partition("-")
    ends = {"R10" if kind == "session" else "R14": number, "R13": latest.id}
    asked = {r.key for r in snapshot.requests if r.state is not RequestState.WITHDRAWN}
    for rule, end in ends.items():
        owed = (
            {hit.key for hit in OTHERS[rule](snapshot, snapshot.law[rule], now).hits} if rule in snapshot.law else set()
        )
        if f"{rule}/alert/{end}" in owed | asked | snapshot.done:
            return rule
    return None


def _decided(snapshot: Snapshot) -> datetime | None:
    """When support was last told, or the mentor asked and said no."""
    sent = snapshot.of_rule(RULE).values()
    refused = (r.created_at for r in snapshot.requests if r.rule == RULE and r.state is RequestState.DROPPED)
    return max((*sent, *refused), default=None)
