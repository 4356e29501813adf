"""Drafts on the mentor's terms: within the time and the month's budgets, on record without the notes' words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from agent import drafting
from agent.errors import TransientError
from agent.model import Brief
from agent.model.calls import Call, Form, Habits, Outcome, Purpose, Talk, Terms
from agent.report.draft import Drafted
from agent.spending import this_month
from agent.store import Store
from agent.store.calls import Drafting, Logged
from agent.world import World
from tests.report.samples import brief, report
from tests.stage import MONDAY, Stage, body
from tests.stories import DRAFT, END, NOTES, START, drafted, met

WRITER = {"url": "http://127.0.0.1:9/v1", "model": "model"}
PRICES = {"prices": {"input": 1.0, "output": 3.0}}
LINES = "Léa a revu les jointures SQL.\nElle bloque sur les index."


def quoting(seen: Brief, _: Terms) -> Talk:
    """Faithful: each line of the notes, as it stands."""
    made = report(*((line, line) for line in seen.notes.splitlines() if line.strip()))
    return Talk(made, None, (call(1000, 200),), Habits(Form.OBJECT))


def silent(_: Brief, terms: Terms) -> Talk:
    """It never answers."""
    return Talk(None, TransientError("the model is too slow"), (call(1000, 0, "too slow", terms.seconds),))


def call(tokens_in: int, tokens_out: int, fault: str | None = None, seconds: float = 2.0) -> Call:
    return Call(Purpose.WRITE, "model", "2", tokens_in, tokens_out, estimated=False, seconds=seconds, fault=fault)


@dataclass
class Fake:
    """A model that answers as it is told to. `terms`: on which it was asked."""

    answer: Callable[[Brief, Terms], Talk] = quoting
    name: str = "model"
    where: str = "http://127.0.0.1:9/v1"
    terms: list[Terms] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)

    def talk(self, seen: Brief, terms: Terms) -> Talk:
        self.terms.append(terms)
        self.briefs.append(seen)
        return self.answer(seen, terms)

    def write(self, seen: Brief) -> object:
        raise AssertionError("a model is talked to")

    def check(self) -> list[str]:
        return []


def world(folder: Path, model: Fake, **writer: object) -> World:
    return Stage(folder, {"writer": {**WRITER, **writer}}, writer=model).world  # type: ignore[arg-type]  # write() is not used


def record(store: Store) -> list[Logged]:
    return store.calls.between(MONDAY - timedelta(days=60), MONDAY + timedelta(days=60))


def ask(place: World, hours: float | None = 24, notes: str = LINES) -> Drafted:
    due = None if hours is None else MONDAY + timedelta(hours=hours)
    return drafting.drafted(place, brief(notes), MONDAY, due=due)


# -- time


def test_a_model_has_its_set_time_and_never_the_margin_before_the_deadline(tmp_path: Path) -> None:
    model = Fake()
    place = world(tmp_path, model, timeout_seconds=120, margin_minutes=60)
    ask(place)
    ask(place, hours=1 + 45 / 3600)
    assert [terms.seconds for terms in model.terms] == [120, 45]


def test_too_near_its_deadline_a_report_is_the_built_in_writer_s_and_says_so(tmp_path: Path) -> None:
    model = Fake()
    done = ask(world(tmp_path, model), hours=1)
    assert model.terms == []
    assert done.report.writer == "builtin"
    assert done.reason == "l’échéance est trop proche pour attendre le modèle ; le texte vient du rédacteur intégré"


def test_after_two_drafts_without_an_answer_a_model_is_left_in_peace_for_a_while(tmp_path: Path) -> None:
    model = Fake(silent)
    place = world(tmp_path, model, pause_minutes=15)
    reasons = [ask(place).reason for _ in range(3)]
    assert len(model.terms) == 2
    assert "le modèle n’a pas répondu aux dernières demandes" in (reasons[2] or "")
    later = drafting.drafted(place, brief(LINES), MONDAY + timedelta(minutes=20))
    assert len(model.terms) == 3
    assert later.report.writer == "builtin"


# -- the record


def test_a_draft_is_remembered_with_what_it_took_and_none_of_its_words(tmp_path: Path) -> None:
    place = world(tmp_path, Fake(), **PRICES)
    ask(place)
    (one,) = record(place.store)
    assert one.call == call(1000, 200)
    assert (one.drafting.outcome, one.drafting.why, one.drafting.where) == (Outcome.KEPT, "", WRITER["url"])
    assert str(one.cost) == "0.0016"
    said = json.dumps([str(one)], ensure_ascii=False)
    assert not [word for word in ("Léa", "jointures", "SQL", "index") if word in said]


def test_a_draft_that_fell_back_is_remembered_with_why(tmp_path: Path) -> None:
    def inventing(_: Brief, terms: Terms) -> Talk:
        return Talk(report(("Docker marche avec Jenkins.", "Docker")), None, (call(900, 50),), terms.habits)

    place = world(tmp_path, Fake(inventing))
    done = ask(place)
    assert done.report.writer == "builtin"
    assert [(one.drafting.outcome, one.drafting.why) for one in record(place.store)] == [
        (Outcome.FELL_BACK, "1 of 1 marked, then 1 of 1 marked")
    ] * 2


def test_a_server_s_habits_are_known_to_the_next_draft_and_tried_anew_after_a_while(tmp_path: Path) -> None:
    model = Fake()
    place = world(tmp_path, model, relearn_days=30)
    for days in (0, 1, 29, 31, 40):
        drafting.drafted(place, brief(LINES), MONDAY + timedelta(days=days))
    known = Habits(Form.OBJECT)
    assert [terms.habits for terms in model.terms] == [None, known, known, None, known]


def test_without_a_model_nothing_is_recorded(tmp_path: Path) -> None:
    place = Stage(tmp_path).world
    assert ask(place).report.writer == "builtin"
    assert record(place.store) == []


# -- budgets


def test_a_month_s_budget_of_tokens_stops_calls_and_the_draft_says_so(tmp_path: Path) -> None:
    model = Fake()
    place = world(tmp_path, model, monthly_tokens=2000)
    ask(place)
    assert [terms.tokens for terms in model.terms] == [2000]
    ask(place)
    assert model.terms[1].tokens == 800
    done = ask(place)
    assert len(model.terms) == 2
    assert done.reason == "le budget du mois (2000 jetons) est atteint ; le texte vient du rédacteur intégré"
    assert "used up" in this_month(place.settings, place.store, MONDAY).said()


def test_a_month_s_budget_of_money_is_kept_at_the_dearer_price(tmp_path: Path) -> None:
    model = Fake()
    place = world(tmp_path, model, monthly_cost=0.003, **PRICES)
    ask(place)
    ask(place)
    assert [terms.tokens for terms in model.terms] == [1000, 466]
    done = ask(place)
    assert len(model.terms) == 2
    assert (done.reason or "").startswith("le budget du mois (0.003) est atteint")


def test_a_month_begins_at_midnight_where_the_mentor_is(tmp_path: Path) -> None:
    place = world(tmp_path, Fake(), monthly_tokens=1000)
    last_evening = MONDAY.replace(month=10, day=31, hour=22, minute=30)  # 23:30 in Paris
    drafting.drafted(place, brief(LINES), last_evening)
    assert this_month(place.settings, place.store, last_evening).over
    assert not this_month(place.settings, place.store, last_evening + timedelta(hours=1)).over


def test_what_was_spent_survives_a_restart_and_belongs_to_its_month(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"writer": WRITER})
    stage.world.store.calls.record(Drafting(MONDAY, "u", Outcome.KEPT), [(call(10, 5), None)])
    stage.restart()
    assert this_month(stage.world.settings, stage.world.store, MONDAY).spent.tokens == 15
    assert this_month(stage.world.settings, stage.world.store, MONDAY + timedelta(days=40)).spent.tokens == 0


# -- on the road


def test_a_report_of_the_road_is_the_model_s_and_on_record_for_its_learner(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"writer": WRITER}, writer=Fake()))  # type: ignore[arg-type]  # as in world
    draft = drafted(stage)
    assert "jointures" in body(draft)
    (one,) = stage.world.store.calls.between(START, END + timedelta(hours=3))
    assert (one.drafting.learner_id, one.drafting.session_id) == (1, 1)


def test_a_model_that_never_answers_costs_the_mentor_no_deadline(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path, {"writer": WRITER}, writer=Fake(silent)))  # type: ignore[arg-type]  # as in world
    text = body(drafted(stage, NOTES))
    assert "jointures" in text
    assert "the model is too slow" in text
    assert stage.count(DRAFT) == 1


# -- the mentor's voice


def test_examples_of_style_are_shown_without_names_and_what_leaks_from_them_is_marked(tmp_path: Path) -> None:
    past = "Karim Benali a préparé son oral avec Jenkins et obtenu 17 sur 20. Un travail soigné, à poursuivre."

    def copying(seen: Brief, _: Terms) -> Talk:
        lines = [(line, line) for line in seen.notes.splitlines()]
        made = report(*lines, *lines, ("Léa a revu Jenkins, un travail soigné.", seen.notes.splitlines()[0]))
        return Talk(made, None, (call(10, 10),), Habits())

    model = Fake(copying)
    place = replace(world(tmp_path, model), voice=(past,))
    done = ask(place)
    (example,) = model.briefs[0].voice
    assert "Karim" not in example
    assert "Benali" not in example
    assert "un travail soigné" in example.lower()
    (marked,) = done.report.doubts
    assert "Jenkins" in marked.text
    assert "repris d’un exemple de style : jenkins" in (marked.doubt or "")
