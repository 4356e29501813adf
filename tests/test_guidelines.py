"""The school's rules as data: dated, complete, and refused with every mistake at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.guidelines import REQUIRED, load
from agent.model import Funding
from agent.policies import POLICIES
from agent.shipped import shipped

SHIPPED = shipped("guidelines.toml").read_text(encoding="utf-8")
TODAY = date(2026, 11, 2)


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path)
    return refused.value.problems


def test_every_policy_has_its_clause_in_both_languages_with_the_section_it_comes_from() -> None:
    guidelines = load(shipped("guidelines.toml"))
    for policy in POLICIES:
        clause = guidelines.clause(policy.rule, TODAY)
        assert clause.section
        assert clause.text["fr"]
        assert clause.text["en"]
        assert policy.rule in REQUIRED


@pytest.mark.parametrize(
    ("funding", "minutes"), [(Funding.SELF_FUNDED, 30), (Funding.FUNDED, 45), (Funding.UNKNOWN, 45)]
)
def test_a_session_lasts_as_long_as_its_funding_says(funding: Funding, minutes: int) -> None:
    assert load(shipped("guidelines.toml")).session_minutes(funding, TODAY) == minutes


def test_a_clause_that_changes_holds_from_its_day_on(tmp_path: Path) -> None:
    newer = (
        '\n[[R01]]\nfrom = 2027-01-01\nsection = "s"\nfr = "f"\nen = "e"\nnumbers = { contact_hours = 24, slots = 2 }\n'
    )
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.replace("[R01]", "[[R01]]") + newer, encoding="utf-8")
    guidelines = load(path)
    assert guidelines.clause("R01", date(2026, 12, 31)).numbers["contact_hours"] == 48
    assert guidelines.clause("R01", date(2027, 1, 1)).numbers["contact_hours"] == 24
    with pytest.raises(KeyError):
        guidelines.clause("R01", date(2023, 12, 31))


def test_all_mistakes_are_said_at_once_each_with_its_place(tmp_path: Path) -> None:
    broken = SHIPPED.replace("contact_hours = 48, ", "").replace("grace_hours = 48", "grace_hours = -1")
    broken = broken.replace("[24, 12, 3]", '["soon"]').replace("[R02]\nfrom = 2024-01-01", "[R02]")
    found = "\n".join(problems(tmp_path, broken))
    for place in (
        "R01 (from 2024-01-01): contact_hours",
        "R02.from",
        "R07.numbers.reminder_hours",
        "R10.numbers",
    ):
        assert place in found


def test_a_file_that_lacks_a_whole_rule_is_refused(tmp_path: Path) -> None:
    start, end = SHIPPED.index("[R10]"), SHIPPED.index("[R11]")
    assert problems(tmp_path, SHIPPED[:start] + SHIPPED[end:]) == ["mine.toml: R10: is missing"]


@pytest.mark.parametrize("text", ["[R01", "\x00"])
def test_what_is_no_toml_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    assert "cannot be read" in problems(tmp_path, text)[0]


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")
