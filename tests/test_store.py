"""The agent's memory: all or nothing, private, the same after a restart, and cheap to ask when nothing is due."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from agent import config
from agent.bootstrap import build
from agent.loop import tick
from agent.model import Learner, Proof, RequestKind, RequestState, SessionStatus
from agent.store import NewRequest, SessionRow, Store
from agent.store.base import iso, moment
from tests.stage import MONDAY, Stage, settings_data
from tests.stories import LEA, NOTES, START, TOM, drafted, met

LEARNER = Learner(0, "Léa Moreau", "Lea.Moreau@Learner.example", MONDAY)


@pytest.fixture
def store() -> Store:
    return Store(":memory:")


def row(key: str = "k", *, learner_id: int | None = 1, start: datetime = START, name: str = "Léa") -> SessionRow:
    end = start + timedelta(minutes=45)
    return SessionRow(key, "a.ics", learner_id, name, start, end, f"Session avec {name}", False)


# -- instants


def test_equal_instants_are_equal_texts_whatever_their_zone() -> None:
    paris = MONDAY.astimezone(timezone(timedelta(hours=1)))
    assert iso(paris) == iso(MONDAY) == "2026-11-02T08:00:00+00:00"
    assert moment(iso(paris)) == MONDAY
    assert moment(iso(paris)).tzinfo == UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        iso(datetime(2026, 11, 2, 8, 0))  # noqa: DTZ001 -- that is the point


# -- transactions


def test_what_fails_inside_a_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012 -- the store is what is looked at afterwards
        store.people.add(LEARNER)
        store.remember("key", "value")
        raise KeyError
    assert store.people.all() == []
    assert store.setting("key") is None


def test_one_item_that_fails_is_undone_alone(store: Store) -> None:
    with store.transaction():
        store.remember("before", "kept")
        with pytest.raises(KeyError), store.savepoint():  # noqa: PT012 -- as above
            store.remember("broken", "lost")
            store.people.add(LEARNER)
            raise KeyError
        store.remember("after", "kept")
    assert [store.setting(key) for key in ("before", "broken", "after")] == ["kept", None, "kept"]
    assert store.people.all() == []


def test_a_savepoint_outside_any_transaction_is_one(store: Store) -> None:
    with pytest.raises(KeyError), store.savepoint():  # noqa: PT012 -- as above
        store.remember("key", "value")
        raise KeyError
    assert store.setting("key") is None


def test_another_process_may_write_between_two_transactions(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "a.sqlite3"), Store(tmp_path / "a.sqlite3")
    one.people.add(LEARNER)
    other.remember("key", "value")
    assert [learner.name for learner in other.people.all()] == ["Léa Moreau"]
    assert one.setting("key") == "value"
    one.close()
    other.close()


def test_everything_is_there_after_a_restart_and_migrations_run_once(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path))
    drafted(stage)
    before = stage.dump()
    stage.restart()
    assert stage.dump() == before


# -- what is private


def test_the_memory_is_for_the_mentor_s_eyes_only(tmp_path: Path) -> None:
    old = os.umask(0)  # the most careless machine
    try:
        stage = met(Stage(tmp_path))
        drafted(stage)
    finally:
        os.umask(old)
    folder = tmp_path / "state"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}


def test_no_password_is_in_the_memory_nor_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    closed = "127.0.0.1:9"
    urls = {"mailbox": f"imap://claire@{closed}", "smtp": f"smtp://claire@{closed}", "calendar": f"dir://{tmp_path}/c"}
    data = settings_data(**{name: {"url": url} for name, url in urls.items()})
    secrets = {"MENTOR_AGENT_MAILBOX_PASSWORD": "hunter-one", "MENTOR_AGENT_SMTP_PASSWORD": "hunter-two"}
    world = build(config.parse(data, tmp_path), secrets)
    for minutes in range(3):
        tick(world, MONDAY + timedelta(minutes=minutes))
    assert world.store.sources.get("mailbox").last_error
    assert world.store.sources.get("smtp").last_error
    world.store.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert b"127.0.0.1" in kept
    assert b"hunter" not in kept
    assert "hunter" not in caplog.text
    assert "hunter" not in repr(world.settings)


# -- facts, learners, sessions


def test_a_fact_happens_once(store: Store) -> None:
    assert store.facts.add("mail:1", "letter", at=MONDAY, now=MONDAY, proof=Proof.SENT_FOLDER, detail={"é": "“x”"})
    assert not store.facts.add("mail:1", "letter", at=START, now=START)
    (fact,) = store.facts.of_kind("letter")
    assert (fact.at, fact.detail) == (MONDAY, {"é": "“x”"})


def test_an_address_is_found_whatever_its_case(store: Store) -> None:
    learner = store.people.add(LEARNER)
    assert store.people.by_address(LEA.upper()) == learner


def test_only_who_is_due_is_looked_at(store: Store) -> None:
    lea, tom = store.people.add(LEARNER), store.people.add(Learner(0, "Tom Petit", TOM, MONDAY))
    assert store.people.due(MONDAY) == [lea, tom]
    store.people.look_again(lea.id, START)
    store.people.look_again(tom.id, None)
    assert store.people.due(START - timedelta(seconds=1)) == []
    assert store.people.next_look() == START
    assert store.people.due(START) == [lea]
    store.people.touch(tom.id)
    assert store.people.due(MONDAY) == [tom]


def test_the_first_look_is_remembered_and_asking_for_it_sets_nothing(store: Store) -> None:
    assert store.watched_since() is None
    assert store.watch_since(MONDAY) == MONDAY
    assert store.watch_since(START) == MONDAY
    assert store.watched_since() == MONDAY


def test_an_entry_that_did_not_change_disturbs_nobody(store: Store) -> None:
    store.people.add(LEARNER)
    store.people.put_session(row(), MONDAY)
    store.people.look_again(1, None)
    store.people.put_session(row(), MONDAY)
    assert store.people.due(START) == []
    store.people.put_session(row(start=START + timedelta(hours=1)), MONDAY)
    assert len(store.people.due(START)) == 1


def test_a_session_keeps_its_learner_until_its_entry_is_rewritten(store: Store) -> None:
    store.people.add(LEARNER)
    assert store.people.put_session(row(), MONDAY) == 1
    assert store.people.put_session(row(learner_id=None), MONDAY) == 1
    assert store.people.put_session(row(learner_id=None, name="Tom"), MONDAY) is None


def test_a_marked_session_moved_to_a_past_time_is_still_the_same(store: Store) -> None:
    store.people.add(LEARNER)
    store.people.put_session(row(), MONDAY)
    store.people.set_status(store.people.session(1), SessionStatus.ABSENT, None, START)
    store.people.put_session(row(start=START + timedelta(hours=1)), START + timedelta(hours=5))
    (session,) = store.people.sessions(1)
    assert (session.status, session.start) == (SessionStatus.ABSENT, START + timedelta(hours=1))


def test_a_marked_session_that_is_moved_ahead_again_and_again_leaves_each_of_its_lives_on_record(store: Store) -> None:
    store.people.add(LEARNER)
    for week in range(3):
        start = START + timedelta(weeks=week)
        now = start - timedelta(days=1)
        store.people.put_session(row(start=start), now)
        store.people.set_status(store.people.sessions(1)[-1], SessionStatus.MOVED, None, start)
    assert [one.start for one in store.people.sessions(1)] == [START + timedelta(weeks=week) for week in range(3)]


# -- requests


def test_a_token_leads_to_its_request_and_says_which_version_it_names(store: Store) -> None:
    request = store.requests.open(NewRequest("k", RequestKind.REPORT, "R07", "s", "one"), "first", MONDAY)
    assert store.requests.by_token("first") == (request, 1)
    changed = store.requests.add_version(request, "second", "two", "mentor", START)
    assert (changed.version.number, changed.version.text, changed.state) == (2, "two", RequestState.WAITING)
    assert store.requests.by_token("first") == (changed, 1)
    assert store.requests.by_token("third") is None


def test_the_nearest_deadline_comes_first_and_no_deadline_last(store: Store) -> None:
    for key, deadline in (("none", None), ("later", START), ("soon", MONDAY)):
        new = NewRequest(key, RequestKind.REPORT, "R07", "s", deadline=deadline)
        store.requests.open(new, key, MONDAY)
    assert [one.key for one in store.requests.in_state(RequestState.WAITING)] == ["soon", "later", "none"]


# -- what an idle tick costs


def test_an_idle_tick_reads_no_learner_no_session_and_no_letter_however_many_there_are(tmp_path: Path) -> None:
    stage = met(Stage(tmp_path))
    stage.answer(stage.over(START), NOTES)
    stage.pass_time(minutes=5)
    stage.tick()
    statements: list[str] = []
    stage.world.store._c.db.conn.set_trace_callback(statements.append)
    stage.now += timedelta(minutes=1)
    stage.tick(force=False)
    asked = [one for one in statements if "select" in one.lower()]
    assert asked
    scanned = [line.split()[1] for one in asked for line in _plan(stage, one) if line.startswith("SCAN")]
    assert set(scanned) <= {"sources", "sqlite_master"}  # three servers, twenty tables


def _plan(stage: Stage, statement: str) -> list[str]:
    rows = stage.world.store._c.db.execute(f"explain query plan {statement}").fetchall()
    return [str(row[3]) for row in rows]
