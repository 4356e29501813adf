"""Runs the policies over one learner's snapshot, or the desk. Pure: the same facts and instant give the same plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from agent.guidelines import Guidelines
from agent.model import Clause, Desk, Judgement, Matter, Miss, Obligation, Responsibility, RuleMode, Snapshot
from agent.policies import POLICIES, booking
from agent.policies.timing import earliest

DEFAULTS = {policy.rule: policy.default for policy in POLICIES}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is owed, what is not and why, and when to look again (UTC)."""

    hits: tuple[Obligation, ...]
    misses: tuple[Miss, ...]
    look_again: datetime | None
    standing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The law and the mentor's settings of it."""

    guidelines: Guidelines
    modes: Mapping[str, RuleMode]
    zone: ZoneInfo
    matrix: Mapping[Matter, Responsibility]
    _laws: dict[date, dict[str, Clause]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def mode(self, rule: str) -> RuleMode:
        """What this rule may do by itself."""
        return self.modes.get(rule) or DEFAULTS.get(rule, RuleMode.APPROVE)

    def law(self, now: datetime) -> dict[str, Clause]:
        """The clauses that hold now, by rule, but for rules that the mentor's settings have off."""
        on = now.astimezone(self.zone).date()
        if on in self._laws:
            return self._laws[on]
        found = {}
        for policy in POLICIES:
            if self.mode(policy.rule) is not RuleMode.OFF and (clause := self.guidelines.holding(policy.rule, on)):
                found[policy.rule] = clause
        self._laws.clear()  # one day is enough: it is asked for each learner of a tick
        self._laws[on] = found
        return found


def decide(snapshot: Snapshot, rules: Rules, now: datetime) -> Plan:
    """Every policy in the table's order, then what the learner chose of their slots, whichever rule offered them.

    A rule set to off is a miss that says so. What is still owed to one who has left, each rule says itself.
    """
    law = rules.law(now)
    whole = replace(snapshot, law=law, matrix=rules.matrix, zone=rules.zone)
    judged = (
        policy.check(whole, law[policy.rule], now) if policy.rule in law else _silent(policy.rule, rules)
        for policy in POLICIES
    )
    return _plan([*judged, booking.check(whole, now)], now)


def decide_desk(desk: Desk, rules: Rules, now: datetime) -> Plan:
    """The policies that concern the mentor and no single learner."""
    law = rules.law(now)
    judged = (
        policy.desk(desk, law[policy.rule], now) if policy.rule in law else _silent(policy.rule, rules)
        for policy in POLICIES
        if policy.desk is not None
    )
    return _plan(judged, now)


def _plan(judged: Iterable[Judgement], now: datetime) -> Plan:
    found = tuple(judged)
    hits = tuple(hit for judgement in found for hit in judgement.hits)
    return Plan(
        hits=hits,
        misses=tuple(miss for judgement in found for miss in judgement.misses),
        look_again=earliest((judgement.look_again for judgement in found), now),
        standing=frozenset(hit.key for hit in hits).union(*(judgement.standing for judgement in found)),
    )


def _silent(rule: str, rules: Rules) -> Judgement:
    off = rules.mode(rule) is RuleMode.OFF
    reason = "the mentor's settings have it off" if off else "no clause of the guidelines holds on this day"
    return Judgement(misses=(Miss(rule, reason),))
