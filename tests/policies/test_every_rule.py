"""Every rule from R01 to R29 has a policy, a clause, a setting, tests, a case that speaks and one that must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent import config
from agent.errors import ConfigError
from agent.model import (
    Act,
    Audience,
    Desk,
    Funding,
    Judgement,
    Learner,
    Matter,
    RequestKind,
    RequestState,
    Session,
    SessionStatus,
    Situation,
    Slot,
    Snapshot,
)
from agent.policies import POLICIES, r02_form_of_address, r08_true_status, r16_mere_lateness, r25_evenings_and_weekends
from agent.policies import r27_indicators as r27
from agent.policies import r28_civility as r28
from agent.policies.r06_mentor_away import desk as r06_desk
from agent.policies.r29_calendar import desk as r29_desk
from tests.policies.snapshots import ASSIGNED, LEARNER, PARIS, at, clause, request, session, situation, snapshot
from tests.stage import settings_data

RULES = [f"R{number:02}" for number in range(1, 30)]
ROOT = Path(__file__).parents[2]
DAY, WEEK = 24.0, 168.0
COMPLETED, ABSENT, LATE = SessionStatus.COMPLETED, SessionStatus.ABSENT, SessionStatus.CANCELLED_LATE
MINE = {policy.rule: policy for policy in POLICIES}


def judged(rule: str, known: Snapshot, hours: float) -> Judgement:
    return MINE[rule].check(known, clause(rule), at(hours))


def keys(rule: str, known: Snapshot, hours: float = 30) -> list[str]:
    """What the rule wants done."""
    return [hit.key for hit in judged(rule, known, hours).hits]


def said(matter: Matter, *, mine: bool = False, **fields: object) -> Situation:
    return replace(situation(1, matter, 20, mine=mine), **fields)  # type: ignore[arg-type]  # a Situation's own fields


def reported(matter: Matter, *more: Matter) -> Snapshot:
    return snapshot(situations=tuple(situation(n, one, 20 + n) for n, one in enumerate((matter, *more))))


def absences(*statuses: SessionStatus) -> Snapshot:
    return snapshot(*(session(n, 1 + WEEK * (n - 1), status) for n, status in enumerate(statuses, 1)))


def desk(**known: object) -> Desk:
    return replace(Desk(ASSIGNED, PARIS), **known)  # type: ignore[arg-type]  # a Desk's own fields


def without_sessions(weeks: int) -> Snapshot:
    """A learner met a week before, with no session planned since."""
    learner = replace(LEARNER, assigned_at=at(-6 * WEEK))
    return snapshot(session(1, -30, COMPLETED), letters=(-5 * WEEK,), learner=learner, watch_since=-6 * WEEK * weeks)


def linked(host: str) -> Session:
    return replace(session(1, 50), hosts=(host,))


def agreed(evenings: bool) -> Learner:
    return replace(LEARNER, evenings=evenings, funding=Funding.FUNDED)


AWAY = said(Matter.AWAY, mine=True, since=at(DAY), until=at(4 * DAY))
EXCUSE = said(Matter.JUSTIFIED, since=at(0), until=at(4 * WEEK))
ANNOUNCED = said(Matter.ANNOUNCED, session_id=1)
EVENING = Slot(at(11), at(11.5))
TWO = (session(1, DAY), session(2, 3 * DAY))
HELD = session(1, 25, COMPLETED, notes="Les jointures.")

SPEAKS: dict[str, Callable[[], object]] = {
    "R01": lambda: keys("R01", snapshot()),
    "R02": lambda: r02_form_of_address.problems("Je te propose un créneau.", False, clause("R02")),
    "R03": lambda: keys("R03", without_sessions(1)),
    "R04": lambda: keys("R04", without_sessions(1), 4.5 * DAY),
    "R05": lambda: keys("R05", snapshot(session(1, 33), situations=(said(Matter.EMERGENCY, session_id=1),)), 21),
    "R06": lambda: r06_desk(desk(situations=(AWAY,)), clause("R06"), at(21)).hits,
    "R07": lambda: keys("R07", snapshot(session(1, 1)), 2),
    "R08": lambda: r08_true_status.proposed(HELD, snapshot(HELD, situations=(ANNOUNCED,)), clause("R08")),
    "R09": lambda: keys("R09", absences(ABSENT), 3),
    "R10": lambda: keys("R10", absences(ABSENT, ABSENT), WEEK + 3),
    "R11": lambda: keys("R11", snapshot(situations=(EXCUSE,))),
    "R12": lambda: keys("R12", replace(absences(ABSENT, ABSENT), queued={"R10/alert/2": at(WEEK + 50)}), 2 * WEEK + 51),
    "R13": lambda: keys("R13", absences(LATE, LATE), WEEK + 3),
    "R14": lambda: keys("R14", reported(Matter.DELAY, Matter.DISENGAGEMENT)),
    "R15": lambda: keys("R15", reported(Matter.DROPOUT)),
    "R16": lambda: r16_mere_lateness.mere(reported(Matter.DELAY), at(30)),
    "R17": lambda: keys("R17", reported(Matter.PLAGIARISM)),
    "R18": lambda: keys("R18", reported(Matter.DISRESPECT)),
    "R19": lambda: keys("R19", reported(Matter.EXCEPTIONAL)),
    "R20": lambda: keys("R20", reported(Matter.DISABILITY)),
    "R21": lambda: keys("R21", snapshot(*TWO), 2),
    "R22": lambda: keys("R22", reported(Matter.CUT_SHORT)),
    "R23": lambda: keys("R23", snapshot(HELD, situations=(ANNOUNCED,))),
    "R24": lambda: keys("R24", snapshot(linked("zoom.us"))),
    "R25": lambda: keys("R25", snapshot(session(1, 35, minutes=90)), 2),
    "R26": lambda: keys("R26", absences(COMPLETED), 3 * WEEK),
    "R27": lambda: r27.desk(desk(), clause("R27"), at(WEEK)).hits,
    "R28": lambda: r28.problems("Votre travail est nul.", clause("R28")),
    "R29": lambda: r29_desk(desk(calendar_failing_since=at(0)), clause("R29"), at(2)).hits,
}
"""For each rule, what it wants done, or, where it is a check, what it objects to or proposes."""

SILENT: dict[str, Callable[[], object]] = {
    "R01": lambda: keys("R01", snapshot(letters=(1,))),
    "R02": lambda: r02_form_of_address.problems("Je vous propose un créneau.", False, clause("R02")),
    "R03": lambda: keys("R03", snapshot(*TWO, letters=(1,)), 4),
    "R04": lambda: keys("R04", snapshot(*TWO, letters=(1,)), 4.5 * DAY),
    "R05": lambda: keys("R05", snapshot(session(1, 33, ABSENT)), 40),
    "R06": lambda: r06_desk(desk(situations=(AWAY,)), clause("R06"), at(9 * DAY)).hits,
    "R07": lambda: keys("R07", snapshot(session(1, 1)), 1.5),
    "R08": lambda: r08_true_status.proposed(HELD, snapshot(HELD), clause("R08")),
    "R09": lambda: keys("R09", replace(absences(ABSENT), situations=(EXCUSE,)), 21),
    "R10": lambda: keys("R10", absences(ABSENT, COMPLETED, ABSENT), 3 * WEEK),
    "R11": lambda: keys("R11", snapshot(situations=(EXCUSE,)), 5 * WEEK),
    "R12": lambda: keys("R12", absences(ABSENT, ABSENT), 9 * WEEK),
    "R13": lambda: keys("R13", absences(LATE, COMPLETED), WEEK + 3),
    "R14": lambda: keys("R14", reported(Matter.DELAY)),
    "R15": lambda: keys("R15", reported(Matter.DELAY, Matter.DISENGAGEMENT)),
    "R16": lambda: judged("R16", reported(Matter.DELAY), 30).hits,
    "R17": lambda: keys("R17", reported(Matter.DISRESPECT)),
    "R18": lambda: keys("R18", reported(Matter.PLAGIARISM)),
    "R19": lambda: keys("R19", reported(Matter.ILLNESS)),
    "R20": lambda: keys("R20", reported(Matter.EXCEPTIONAL)),
    "R21": lambda: keys("R21", snapshot(*TWO, situations=(said(Matter.EXTRA_APPROVED),)), 21),
    "R22": lambda: keys("R22", snapshot(situations=(said(Matter.CUT_SHORT, agreed=True),))),
    "R23": lambda: keys(
        "R23",
        snapshot(
            HELD,
            situations=(ANNOUNCED,),
            requests=(request("R23/conflict/1", RequestState.APPROVED, kind=RequestKind.CONFLICT),),
        ),
    ),
    "R24": lambda: keys("R24", snapshot(linked("visio.school.example"))),
    "R25": lambda: (
        keys("R25", snapshot(session(1, 25)), 2)
        or not r25_evenings_and_weekends.allows(EVENING, agreed(evenings=True), clause("R25"), PARIS)
    ),
    "R26": lambda: keys("R26", absences(COMPLETED), WEEK),
    "R27": lambda: r27.desk(desk(), clause("R27"), at(WEEK) - timedelta(hours=2)).hits,
    "R28": lambda: r28.problems("Votre travail progresse bien.", clause("R28")),
    "R29": lambda: r29_desk(desk(), clause("R29"), at(2)).hits,
}
"""For each rule, the case beside it in which it must not."""


def test_the_table_of_policies_has_one_row_for_each_rule_in_order() -> None:
    assert [policy.rule for policy in POLICIES] == RULES


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_has_one_policy_file_and_one_test_file(rule: str) -> None:
    policies = list((ROOT / "agent" / "policies").glob(f"{rule.lower()}_*.py"))
    assert len(policies) == 1
    assert len(list((ROOT / "tests" / "policies").glob(f"test_{policies[0].stem}.py"))) == 1


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_has_a_clause_in_both_languages_with_its_section(rule: str) -> None:
    found = clause(rule)
    assert found.id == rule
    assert found.section
    assert found.text["fr"] != found.text["en"]
    assert all(found.text.values())


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_can_be_set_to_auto_approve_and_off_and_an_alert_to_auto_only_with_the_opt_in(rule: str) -> None:
    def parsed(mode: str, **more: object) -> str:
        settings = config.parse(settings_data(rules={rule: mode}, **more), Path("/nonexistent"))
        return settings.rules[rule].value

    assert [parsed(mode) for mode in ("approve", "off")] == ["approve", "off"]
    assert parsed("auto", allow_automatic_alerts=True) == "auto"
    if rule in config.SUPPORT_ALERTS:
        with pytest.raises(ConfigError, match="allow_automatic_alerts"):
            parsed("auto")
    else:
        assert parsed("auto") == "auto"


def test_every_rule_that_writes_to_support_is_known_as_one_that_needs_the_opt_in() -> None:
    """Read from the code: a new alert cannot slip past the settings."""
    writing = set()
    for path in (ROOT / "agent" / "policies").glob("r[0-9][0-9]_*.py"):
        text = path.read_text(encoding="utf-8")
        if any(word in text for word in ("Audience.SUPPORT", "check_reports(", "one_each(")):
            writing.add(path.stem[:3].upper())
    assert writing == config.SUPPORT_ALERTS


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_speaks_where_it_should(rule: str) -> None:
    assert SPEAKS[rule]()


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_is_silent_where_it_should_be(rule: str) -> None:
    assert not SILENT[rule]()


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_says_why_where_it_asks_for_nothing(rule: str) -> None:
    quiet = judged(rule, snapshot(session(1, 1, COMPLETED), letters=(1,)), 1.5)
    assert quiet.hits or all(miss.reason for miss in quiet.misses)
    assert quiet.hits or quiet.misses


def test_only_letters_leave_for_others_and_each_names_its_template_and_its_deadline() -> None:
    for rule in RULES:
        for known, hours in ((reported(*Matter), 40.0), (absences(ABSENT, ABSENT), WEEK + 3)):
            for hit in judged(rule, known, hours).hits:
                assert (hit.act is Act.LETTER) == (hit.audience is not Audience.MENTOR)
                assert hit.rule == rule
                assert hit.key.startswith(f"{rule}/")
                assert hit.act is not Act.LETTER or (hit.template and hit.due is not None)
