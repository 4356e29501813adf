"""`tell`: what the mentor types is noted, asked about, or said to hold no situation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.commands.places import options


@pytest.fixture
def settled(run: Run, tmp_path: Path) -> Path:
    """A mentor with two learners."""
    assert run(*options(tmp_path)).exit_code == 0
    assert run("learners", "add", "Anne-Sophie Petit", "anne@learner.test").exit_code == 0
    assert run("learners", "add", "Hugo Garnier", "hugo@learner.test").exit_code == 0
    return tmp_path


def test_a_plain_sentence_is_noted_and_waits_for_nothing(run: Run, settled: Path) -> None:
    done = run("tell", "Hugo", "parle", "d'abandonner")
    assert done.exit_code == 0, done.output
    assert "Hugo Garnier" in done.stdout
    assert json.loads(run("drafts", "--json").stdout) == []
    assert json.loads(run("status", "--json").stdout)["waiting"] == []


def test_a_sentence_of_nobody_is_asked_about_and_answered_by_a_draft_s_number(run: Run, settled: Path) -> None:
    done = run("tell", "il parle d'abandonner")
    assert (done.exit_code, "not noted" in done.stdout) == (0, True)
    (waiting,) = json.loads(run("drafts", "--json").stdout)
    assert run("drafts", "approve", str(waiting["id"])).exit_code == 1
    assert run("drafts", "edit", str(waiting["id"]), "nobody").exit_code == 1
    assert run("drafts", "edit", str(waiting["id"]), "Hugo").exit_code == 0
    assert json.loads(run("drafts", "--json").stdout) == []


def test_words_without_a_situation_are_a_failure_that_says_so(run: Run, settled: Path) -> None:
    done = run("tell", "bonjour")
    assert done.exit_code == 1
    assert "no situation understood" in done.stderr
