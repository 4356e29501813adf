"""What the store keeps in memory between two looks is what another process, or an undone step, left in the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import Audience, Learner, Proof, Request, RequestKind, RequestState
from agent.store import NewRequest, OutboxRow, SessionRow, Store
from tests.stage import MONDAY

LEARNER = Learner(0, "Léa Moreau", "lea.moreau@learner.example", MONDAY)
LONG_AGO = MONDAY - timedelta(days=120)
NEW = NewRequest(key="R03/slots", kind=RequestKind.LETTER, rule="R03", subject="Créneaux", text="Bonjour", learner_id=1)


def letter(key: str) -> OutboxRow:
    recipient = "lea.moreau@learner.example"
    return OutboxRow(key, key, "R03", Audience.LEARNER, recipient, "s", "t", f"<{key}@m.example>", b"", learner_id=1)


def states(store: Store) -> list[tuple[str, RequestState, int]]:
    return [(one.key, one.state, one.version.number) for one in requests(store)]


def requests(store: Store) -> list[Request]:
    return store.requests.of_learner(1, LONG_AGO)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "agent.sqlite3")
    store.people.add(LEARNER)
    assert (requests(store), store.outbox.queued(1, LONG_AGO)) == ([], {})  # read once, and kept from here on
    return store


@pytest.fixture
def other(store: Store, tmp_path: Path) -> Store:
    """The same file, as a command opens it while the daemon runs."""
    return Store(tmp_path / "agent.sqlite3")


def test_every_step_of_a_request_is_seen_at_the_next_look(store: Store) -> None:
    request = store.requests.open(NEW, "a" * 16, MONDAY)
    assert states(store) == [("R03/slots", RequestState.WAITING, 1)]
    store.requests.ask_again(request, "plus court", replaced=False)
    assert states(store) == [("R03/slots", RequestState.REDO, 1)]
    request = store.requests.add_version(request, "b" * 16, "Bonjour !", "mentor", MONDAY)
    assert states(store) == [("R03/slots", RequestState.WAITING, 2)]
    store.requests.renew(request, NEW, "c" * 16, MONDAY)
    store.requests.settle(request, RequestState.APPROVED, Proof.SENT_FOLDER, MONDAY)
    assert states(store) == [("R03/slots", RequestState.APPROVED, 3)]


def test_a_request_that_turns_out_to_be_about_another_learner_leaves_the_first_one_s_history(store: Store) -> None:
    tom = store.people.add(Learner(0, "Tom Petit", "tom.petit@learner.example", MONDAY))
    assert store.requests.of_learner(tom.id, LONG_AGO) == []
    request = store.requests.open(NEW, "a" * 16, MONDAY)
    moved = store.requests.add_version(request, "b" * 16, "", "", MONDAY, tom.id)
    assert requests(store) == []
    assert store.requests.of_learner(tom.id, LONG_AGO) == [moved]


def test_what_another_process_wrote_is_seen_at_the_next_look(store: Store, other: Store) -> None:
    other.requests.open(NEW, "a" * 16, MONDAY)
    other.outbox.add(letter("R03/slots"), MONDAY)
    other.sources.succeeded("mailbox", "cursor", MONDAY)
    assert states(store) == [("R03/slots", RequestState.WAITING, 1)]
    assert store.outbox.queued(1, LONG_AGO) == {"R03/slots": MONDAY}
    assert store.sources.get("mailbox").cursor == "cursor"


def test_what_is_undone_is_not_remembered(store: Store) -> None:
    assert store.sources.get("mailbox").cursor is None
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012 -- the store is what is looked at afterwards
        store.requests.open(NEW, "a" * 16, MONDAY)
        store.outbox.add(letter("R03/slots"), MONDAY)
        store.sources.succeeded("mailbox", "cursor", MONDAY)
        assert states(store)
        assert store.outbox.queued(1, LONG_AGO)
        assert store.sources.get("mailbox").cursor
        raise KeyError
    assert (requests(store), store.outbox.queued(1, LONG_AGO)) == ([], {})
    assert store.sources.get("mailbox").cursor is None


def test_a_letter_whose_work_is_done_anew_gives_its_key_back(store: Store) -> None:
    store.outbox.add(letter("R03/slots"), MONDAY)
    store.outbox.retire("R03/slots")
    assert "R03/slots" not in store.outbox.queued(1, LONG_AGO)


def test_a_history_begins_where_it_is_asked_to(store: Store) -> None:
    """As time goes by it begins later; a look at an earlier month goes back again."""
    old = store.requests.open(NEW, "a" * 16, MONDAY)
    store.requests.settle(old, RequestState.ANSWERED, Proof.SENT_FOLDER, MONDAY)
    store.outbox.add(letter("R03/slots"), MONDAY)
    for days in (1, 60):
        later = MONDAY + timedelta(days=days)
        assert (store.requests.of_learner(1, later), store.outbox.queued(1, later)) == ([], {})
        assert [one.key for one in requests(store)] == list(store.outbox.queued(1, LONG_AGO)) == ["R03/slots"]


def test_who_is_to_be_looked_at_is_known_at_once_whoever_says_so(store: Store, other: Store) -> None:
    def due(hours: float) -> list[int]:
        return [one.id for one in store.people.due(MONDAY + timedelta(hours=hours))]

    tom = store.people.add(Learner(0, "Tom Petit", "tom.petit@learner.example", MONDAY))
    assert due(0) == [1, tom.id]
    store.people.look_again(1, MONDAY + timedelta(hours=2))
    store.people.look_again(tom.id, MONDAY + timedelta(hours=1))
    assert (due(0), due(1), due(2)) == ([], [tom.id], [tom.id, 1])
    assert store.people.next_look() == MONDAY + timedelta(hours=1)
    other.people.touch(1)
    assert due(0) == [1]
    store.people.look_again(1, None)
    assert (due(99), other.people.due(MONDAY + timedelta(hours=99))) == ([tom.id], [tom])
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012 -- as above
        store.people.touch_all()
        raise KeyError
    assert due(0) == []


def test_what_was_put_off_is_known_until_it_is_answered(store: Store, other: Store) -> None:
    asked = [store.requests.open(replace(NEW, key=f"R03/{name}"), name * 16, MONDAY) for name in "ab"]
    assert store.requests.asleep() == []
    store.requests.put_off(asked[0], MONDAY + timedelta(days=1))
    other.requests.put_off(asked[1], MONDAY + timedelta(hours=1))
    assert [one.key for one in store.requests.asleep()] == ["R03/b", "R03/a"]
    store.requests.settle(asked[1], RequestState.APPROVED, Proof.SENT_FOLDER, MONDAY)
    assert [one.key for one in store.requests.asleep()] == ["R03/a"]


def test_what_anybody_put_aside_is_released(store: Store, other: Store) -> None:
    store.parking.release("mail:1")
    other.parking.park("mail:1", "a mail", "unreadable", "open it", MONDAY)
    store.parking.park("mail:2", "a mail", "unreadable", "open it", MONDAY)
    store.parking.release("mail:1")
    assert [one.key for one in store.parking.all()] == ["mail:2"]
    store.parking.release("mail:2")
    assert store.parking.all() == []


def test_sessions_of_nobody_are_known_until_somebody_comes_for_them(store: Store) -> None:
    row = SessionRow("s1", "s1.ics", None, "Tom Petit", MONDAY, MONDAY + timedelta(hours=1), "Session Tom Petit", False)
    assert store.people.unmatched_hrefs(LONG_AGO) == set()
    store.people.put_session(row, MONDAY)
    assert store.people.unmatched_hrefs(LONG_AGO) == {"s1.ics"}
    assert store.people.unmatched_hrefs(MONDAY + timedelta(hours=2)) == set()
    assert store.people.unmatched_hrefs(MONDAY - timedelta(days=400)) == {"s1.ics"}
    store.people.put_session(replace(row, learner_id=1), MONDAY)
    assert store.people.unmatched_hrefs(LONG_AGO) == set()


def test_slots_taken_back_are_those_of_one_letter(store: Store) -> None:
    tom = store.people.add(Learner(0, "Tom Petit", "tom.petit@learner.example", MONDAY))
    for letter_key, learner_id in (("R03/1", 1), ("R03/2", 1), ("R03/3", tom.id)):
        store.offers.hold(letter_key, learner_id, MONDAY, MONDAY + timedelta(hours=1))
    assert [len(store.offers.of_learner(one, MONDAY)) for one in (1, tom.id)] == [2, 1]
    store.offers.take_back("R03/1")
    assert [one.letter for one in store.offers.of_learner(1, MONDAY)] == ["R03/2"]
    assert [one.letter for one in store.offers.of_learner(tom.id, MONDAY)] == ["R03/3"]


def test_what_another_process_wrote_before_a_transaction_is_seen_in_it(store: Store, other: Store) -> None:
    assert store.setting("ceiling_lifted_at") is None
    other.remember("ceiling_lifted_at", "then")
    with store.transaction():
        assert store.setting("ceiling_lifted_at") == "then"
        assert states(store) == []
        store.requests.open(NEW, "a" * 16, MONDAY)
        assert states(store) == [("R03/slots", RequestState.WAITING, 1)]
