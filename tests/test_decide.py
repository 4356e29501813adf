"""Every rule is judged, and every decision says which rule, which facts, or why nothing is owed (P1, P10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.decide import Rules, decide
from agent.guidelines import Dated, Guidelines, load
from agent.matrix import load as load_matrix
from agent.model import Act, Audience, RuleMode, SessionStatus
from agent.policies import POLICIES
from agent.shipped import shipped
from tests.policies.snapshots import at, session, snapshot

GUIDELINES = load(shipped("guidelines.toml"))
PARIS = ZoneInfo("Europe/Paris")
MATRIX = load_matrix(shipped("responsibility_matrix.toml"))
OTHERS = {policy.rule: RuleMode.OFF for policy in POLICIES if policy.rule not in {"R01", "R07", "R10"}}
RULES = Rules(GUIDELINES, OTHERS, PARIS, MATRIX)
MISSED = (session(1, 1, SessionStatus.ABSENT), session(2, 169, SessionStatus.ABSENT))


def test_the_table_of_policies_has_one_row_a_rule_and_no_alert_is_automatic() -> None:
    assert [policy.rule for policy in POLICIES] == [f"R{n:02}" for n in range(1, 30)]
    assert RULES.mode("R01") is RuleMode.AUTO
    assert RULES.mode("R10") is RuleMode.APPROVE
    assert RULES.mode("R99") is RuleMode.APPROVE


@pytest.mark.parametrize("known", [snapshot(), snapshot(*MISSED), snapshot(letters=(1,)), snapshot(session(1, 400))])
def test_each_rule_has_a_hit_or_a_miss_with_its_reason(known: object) -> None:
    plan = decide(known, RULES, at(200))  # type: ignore[arg-type]
    judged = {hit.rule: hit.reason for hit in plan.hits} | {miss.rule: miss.reason for miss in plan.misses}
    for policy in POLICIES:
        if policy.rule == "R07" and not known.sessions:  # type: ignore[attr-defined]
            continue  # it speaks of sessions, and there is none
        assert judged[policy.rule]


def test_every_obligation_has_a_rule_with_a_clause_and_a_reason_with_its_date() -> None:
    hits = decide(snapshot(*MISSED), RULES, at(170)).hits
    assert {hit.rule for hit in hits} == {"R01", "R07", "R10"}
    for hit in hits:
        assert GUIDELINES.clause(hit.rule, date(2026, 11, 2)).text["en"]
        assert "2026-11" in hit.reason
        assert hit.due is not None


def test_only_letters_go_to_others() -> None:
    for hit in decide(snapshot(*MISSED), RULES, at(170)).hits:
        assert (hit.act is Act.LETTER) == (hit.audience is not Audience.MENTOR)


def test_a_rule_that_is_off_is_a_miss_that_says_so() -> None:
    off = replace(RULES, modes={**OTHERS, "R10": RuleMode.OFF})
    plan = decide(snapshot(*MISSED), off, at(170))
    assert "R10" not in {hit.rule for hit in plan.hits}
    assert [miss.reason for miss in plan.misses if miss.rule == "R10"] == ["the mentor's settings have it off"]


def test_a_rule_whose_clause_does_not_hold_yet_is_a_miss_and_stops_no_other() -> None:
    later = tuple(replace(entry, start=date(2030, 1, 1)) for entry in GUIDELINES.dated["R01"])
    plan = decide(snapshot(*MISSED), replace(RULES, guidelines=Guidelines({**GUIDELINES.dated, "R01": later})), at(170))
    assert "no clause" in next(miss.reason for miss in plan.misses if miss.rule == "R01")
    assert {hit.rule for hit in plan.hits} == {"R07", "R10"}


def test_the_plan_is_looked_at_again_at_the_earliest_of_the_rules_instants() -> None:
    known = snapshot(*MISSED, session(3, 200), session(4, 180))
    plan = decide(known, RULES, at(170))
    assert plan.look_again == at(180) + timedelta(minutes=45)


def test_the_same_question_has_the_same_answer() -> None:
    known = snapshot(*MISSED)
    assert decide(known, RULES, at(170)) == decide(known, RULES, at(170))


def test_numbers_come_from_the_clause_that_holds_on_the_day_in_the_mentor_s_zone() -> None:
    old = GUIDELINES.dated["R01"][0].clause
    strict = replace(old, numbers={**old.numbers, "contact_hours": 24})
    dated = {**GUIDELINES.dated, "R01": (Dated(date(2024, 1, 1), None, old), Dated(date(2026, 11, 3), None, strict))}
    rules = replace(RULES, guidelines=Guidelines(dated))
    assert decide(snapshot(), rules, at(14.9)).hits[0].due == at(48)  # 23:54 in Paris on the 2nd
    assert decide(snapshot(), rules, at(15.1)).hits[0].due == at(24)  # past midnight there, not yet in UTC
