"""Runs the policies over one learner's snapshot. Pure: the same snapshot and instant give the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.guidelines import Guidelines
from agent.model import Judgement, Miss, Obligation, RuleMode, Snapshot
from agent.policies import POLICIES, Policy
from agent.policies.timing import earliest


@dataclass(frozen=True, slots=True)
class Plan:
    """What is owed for one learner, what is not and why, and when to look again (UTC)."""

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

    def mode(self, rule: str) -> RuleMode:
        """What this rule may do by itself."""
        default = next((policy.default for policy in POLICIES if policy.rule == rule), RuleMode.APPROVE)
        return self.modes.get(rule, default)


def decide(snapshot: Snapshot, rules: Rules, now: datetime) -> Plan:
    """Every policy in the table's order. A rule set to off is a miss that says so."""
    judged = [_judge(policy, snapshot, rules, now) for policy in POLICIES]
    hits = tuple(hit for judgement in judged for hit in judgement.hits)
    return Plan(
        hits=hits,
        misses=tuple(miss for judgement in judged for miss in judgement.misses),
        look_again=earliest((judgement.look_again for judgement in judged), now),
        standing=frozenset(hit.key for hit in hits).union(*(judgement.standing for judgement in judged)),
    )


def _judge(policy: Policy, snapshot: Snapshot, rules: Rules, now: datetime) -> Judgement:
    if rules.mode(policy.rule) is RuleMode.OFF:
        return Judgement(misses=(Miss(policy.rule, "the mentor's settings have it off"),))
    try:
        clause = rules.guidelines.clause(policy.rule, now.astimezone(rules.zone).date())
    except KeyError:
        return Judgement(misses=(Miss(policy.rule, "no clause of the guidelines holds yet on this day"),))
    return policy.check(snapshot, clause, now)
