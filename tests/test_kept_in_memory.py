"""What the store keeps in memory between two looks is what another process, or an undone step, left in the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.model import Audience, Learner, Proof, Request, RequestKind, RequestState
from agent.store import NewRequest, OutboxRow, Store
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
