"""`eval` and `report log`: which model to choose, and what it cost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from agent.model.calls import Call, Outcome, Purpose
from agent.report.builtin import BuiltinWriter
from agent.report.evaluation import cases, evaluate
from agent.store import Store
from agent.store.calls import Drafting
from tests.commands.conftest import Run
from tests.commands.places import toml
from tests.servers import chat

NOON = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)


def test_a_model_is_shown_beside_the_built_in_writer_in_eighty_columns(run: Run) -> None:
    with chat.chat_server(chat.good) as server:
        shown = run("eval", "--model", "llama3.1:8b", "--base-url", server.base_url, COLUMNS="80")
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.stdout.splitlines())) <= 80
    header = next(line for line in shown.stdout.splitlines() if "llama3.1:8b" in line)
    assert header.split() == ["llama3.1:8b", "builtin"]
    assert "points of the notes told" in shown.stdout
    assert len(server.requests) == len(cases())


def test_the_figures_are_there_for_programs_too(run: Run, tmp_path: Path) -> None:
    with chat.chat_server(chat.good) as server:
        prices = f'url = "{server.base_url}"\nmodel = "m"\n[writer.prices]\ninput = 1.5\noutput = 2\n'
        toml(tmp_path, writer=prices)
        found = json.loads(run("eval", "--json").stdout)
    model, builtin = found["writers"]
    assert (model["writer"], builtin["writer"]) == ("m", "builtin")
    assert model["cases"] == model["kept"] == builtin["cases"] == len(cases())
    assert Decimal(model["cost"]) == Decimal("0.0000035") * len(cases())
    assert builtin["cost"] is None
    assert min(model["grounded"], model["complete"], builtin["grounded"], builtin["complete"]) > 0.7
    assert model["private"] == 1.0


def test_a_model_that_invents_is_told_from_one_that_does_not(run: Run) -> None:
    invented = chat.report_of(
        ("Docker tourne avec 12 conteneurs.", "Docker"), ("Le portfolio est en ligne.", "en ligne")
    )
    with chat.chat_server(chat.says(invented)) as server:
        shown = run("eval", "--model", "m", "--base-url", server.base_url, COLUMNS="80").stdout
    rows = {line.split("  ")[0].strip(): line.split()[-2:] for line in shown.splitlines() if "  " in line.strip()}
    assert rows["sentences grounded in the notes"][0] == "0%"
    assert rows["points of the notes told"][0] == "0%"
    assert f"0 of {len(cases())}" in shown
    assert "fell back" in shown


def test_a_model_that_is_away_is_measured_as_nothing(run: Run) -> None:
    with chat.chat_server(chat.fails(401)) as server:
        found = json.loads(run("eval", "--model", "m", "--base-url", server.base_url, "--json").stdout)["writers"][0]
    assert (found["kept"], found["grounded"], found["private"]) == (0, 0.0, 1.0)
    assert found["results"][0]["why"] == "failed: RefusedLoginError"


def test_where_no_model_is_named_that_is_said(run: Run) -> None:
    shown = run("eval")
    assert shown.exit_code == 2
    assert "--base-url" in shown.output


def test_the_built_in_writer_does_well_on_the_set_it_is_measured_by() -> None:
    builtin = BuiltinWriter()
    seen: list[str] = []
    found = evaluate(builtin, builtin, 10, lambda case: seen.append(case.name))
    assert len(seen) == len(set(seen)) == found.cases >= 10
    assert found.complete > 0.9
    assert found.seconds < 0.5


def test_what_models_were_asked_in_a_month_is_shown_with_what_became_of_it(run: Run, tmp_path: Path) -> None:
    toml(tmp_path, writer='url = "http://127.0.0.1:9/v1"\nmodel = "m"\nmonthly_tokens = 10000\n')
    store = Store(tmp_path / "state" / "agent.sqlite3")
    good = Call(Purpose.WRITE, "m", "2", 1200, 300, estimated=False, seconds=4.25)
    busy = Call(Purpose.WRITE, "m", "2", 0, 0, estimated=True, seconds=0.5, fault="status 429")
    drafting = Drafting(NOON, "http://127.0.0.1:9/v1", Outcome.REDONE, "3 of 6 marked")
    store.calls.record(drafting, [(busy, None), (good, Decimal("0.0125"))])
    store.close()
    shown = run("report", "log", "--month", "2026-11", COLUMNS="100").stdout
    assert "1200+300" in shown
    assert "status 429" in shown
    assert "write: redone (3 of 6 marked)" in shown
    assert "2026-11: 2 call(s), 1,500 tokens of 10,000" in shown
    data = json.loads(run("report", "log", "--month", "2026-11", "--json").stdout)
    assert [call["fault"] for call in data["calls"]] == ["status 429", None]
    assert (data["tokens"], data["cost"], data["stopped"]) == (1500, "0.0125", False)
    assert json.loads(run("report", "log", "--month", "2026-10", "--json").stdout)["calls"] == []
    assert run("report", "log", "--month", "november").exit_code == 2


def test_a_used_up_budget_is_said_by_status_and_by_the_doctor(run: Run, tmp_path: Path) -> None:
    toml(tmp_path, writer='url = "http://127.0.0.1:9/v1"\nmodel = "m"\nmonthly_tokens = 100\n')
    store = Store(tmp_path / "state" / "agent.sqlite3")
    call = Call(Purpose.WRITE, "m", "2", 90, 30, estimated=False, seconds=1)
    store.calls.record(Drafting(datetime.now(UTC), "u", Outcome.KEPT), [(call, None)])
    store.close()
    assert "120 tokens of 100; the budget is used up" in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["writer"]["stopped"] is True
    assert "the budget is used up" in " ".join(run("doctor", COLUMNS="200").stdout.split())
