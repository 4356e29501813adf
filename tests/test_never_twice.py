"""Whatever happens in whatever order, with however many restarts: nothing leaves twice, nothing to strangers."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.connectors.memory_mail import Failure
from agent.connectors.ports import KEY_HEADER
from agent.store import Outgoing
from tests.stage import MENTOR, MONDAY, SUPPORT, Stage, parse
from tests.stories import LEA, NOTES, START, TOM, WEEK

WORDS = ("ok", "non", "oui", "refaire : plus court", "absente", "statut : annulée", "déplacée", NOTES, "peut-être")


def assign(stage: Stage, pick: int) -> None:
    name, address = (("Léa Moreau", LEA), ("Tom Petit", TOM))[pick % 2]
    stage.school_assigns(name, address, proven=pick % 3 != 0, again=f"-{pick}")


def meet(stage: Stage, pick: int) -> None:
    """A session is entered, moved or cancelled."""
    start = START + pick % 3 * WEEK + timedelta(hours=pick % 5)
    stage.session("Léa Moreau", start, uid=f"s{pick % 3}", status="CANCELLED" if pick % 7 == 0 else "CONFIRMED")


def answer(stage: Stage, pick: int) -> None:
    """The mentor answers one of the latest mails, proven or not."""
    mails = [mail for mail in stage.mails(MENTOR) if "[ma-" in str(mail["Subject"])]
    if mails:
        stage.answer(mails[-1 - pick % min(3, len(mails))], WORDS[pick % len(WORDS)], sent=pick % 4 != 0)


def wait(stage: Stage, pick: int) -> None:
    stage.now += (timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), WEEK)[pick % 4]


def fail(stage: Stage, pick: int) -> None:
    """A send goes wrong. Not DELIVERED: there the mentor's own yes to "send it again?" makes a second copy."""
    stage.transport.fail_next((Failure.TRANSIENT, Failure.TERMINAL, Failure.LOST)[pick % 3])


def away(stage: Stage, pick: int) -> None:
    stage.mailbox.away = pick % 2 == 0


EVENTS: tuple[Callable[[Stage, int], object], ...] = (
    assign,
    meet,
    answer,
    answer,
    wait,
    fail,
    away,
    lambda stage, pick: stage.tick(),
    lambda stage, pick: stage.tick(force=False),
    lambda stage, pick: stage.restart(mode=("live", "live", "shadow")[pick % 3]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(st.tuples(st.integers(0, len(EVENTS) - 1), st.integers(0, 1000)), min_size=5, max_size=25))
def test_no_order_of_events_sends_one_letter_twice(events: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), now=MONDAY)
        assign(stage, 1)
        meet(stage, 1)
        for event, pick in events:
            EVENTS[event](stage, pick)
            stage.tick()
        stage.mailbox.away = False
        stage.restart(mode="live")
        for _ in range(3):
            wait(stage, 2)
            stage.tick()
        sent = Counter(parse(one.raw)[KEY_HEADER] for one in stage.transport.sent if MENTOR not in one.recipients)
        assert set(sent.values()) <= {1}
        assert {address for one in stage.transport.sent for address in one.recipients} <= {MENTOR, SUPPORT, LEA, TOM}
        assert stage.world.store.outbox.in_state(Outgoing.CLAIMED, Outgoing.SENDING) == []
        assert not [line for line in stage.parked() if not line.startswith(("“", "session", "mail"))]
        stage.world.store.close()
