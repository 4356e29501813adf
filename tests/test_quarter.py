"""An ordinary quarter of one learner, all rules as shipped: who hears of what, how often, and that it is no heap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.model import RequestState
from tests.booking_stories import entries, writes
from tests.stage import MENTOR, SUPPORT, Stage
from tests.stories import LEA, NOTES, WEEK

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime(2026, 11, 3, 17, tzinfo=UTC)  # the first of the weekly sessions, Tuesdays at 18:00 in Paris
TO_OTHERS = (LEA, SUPPORT)


def answer(stage: Stage, key: str, text: str) -> None:
    token = stage.request(key).version.token
    mail = next(m for m in reversed(stage.mails(MENTOR)) if token in str(m["Message-ID"]))
    stage.answer(mail, text)
    stage.tick()
    stage.tick()


def waiting(stage: Stage, start: str) -> list[str]:
    return [r.key for r in stage.world.store.requests.in_state(RequestState.WAITING) if r.key.startswith(start)]


def memo(stage: Stage, text: str) -> None:
    stage.mentor_writes(MENTOR, text)
    stage.tick()
    stage.tick()


def over(stage: Stage, text: str) -> None:
    """The session just ended is answered for, and its report, if any, approved."""
    (key,) = waiting(stage, "R07/session/")
    answer(stage, key, text)
    for report in waiting(stage, "R07/report/"):
        answer(stage, report, "ok")


def approve_all(stage: Stage, rule: str) -> None:
    for key in waiting(stage, rule):
        answer(stage, key, "ok")


def nothing(_: Stage) -> None:
    """The agent runs on as it is."""


def restarted(stage: Stage) -> None:
    """It is stopped and started again, and every mail of the mailbox is met once more."""
    stage.world.store.sources.forget_cursor("mailbox")
    stage.restart()
    stage.tick()


def quarter(stage: Stage, between: Callable[[Stage], None]) -> None:
    """Thirteen weeks: slots by mail, an absence, an emergency, a week of leave, holidays, the end of the training."""
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.tick()
    between(stage)
    writes(stage, "Bonjour, le 2 me va. Merci", to=stage.mails(LEA)[-1])
    stage.tick()
    assert len(entries(stage)) == 1
    for week in range(1, 12):
        stage.session("Léa Moreau", FIRST + week * WEEK)
    stage.live(FIRST + 2 * DAY)
    over(stage, NOTES)
    between(stage)
    for week in range(1, 12):
        start = FIRST + week * WEEK
        if week == 4:
            stage.live(start - 3 * HOUR)
            memo(stage, "urgence, je ne peux pas assurer la session de Léa ce soir")
            approve_all(stage, "R05")
            stage.session("Léa Moreau", start + 2 * DAY, uid=f"Léa-Moreau-{start:%Y%m%dT%H%M}")
            start += 2 * DAY
        if week == 6:
            stage.live(start - DAY)
            memo(stage, "absence de Léa justifiée du 14/12 au 20/12")
            stage.calendar.remove(f"Léa-Moreau-{start:%Y%m%dT%H%M}.ics")
            continue
        stage.live(start + HOUR)
        over(stage, "absente" if week == 2 else NOTES)
        between(stage)
        for key in waiting(stage, "R26"):
            answer(stage, key, "60 %")
        approve_all(stage, "R09")
    memo(stage, "Léa a terminé sa formation")
    between(stage)
    stage.live(stage.now + 3 * WEEK)


@pytest.mark.parametrize("between", [nothing, restarted])
def test_in_an_ordinary_quarter_everybody_gets_what_is_due_and_no_more(
    tmp_path: Path, between: Callable[[Stage], None]
) -> None:
    stage = Stage(tmp_path, {"rules": {}})
    quarter(stage, between)
    letters = [str(mail["Subject"]) for mail in stage.mails(LEA)]
    assert len(letters) == 4, letters  # first contact, confirmation, after the absence, the emergency
    assert stage.mails(SUPPORT) == []
    keys = Counter(key.split("/")[0] for key in rows(stage) if not key.startswith(("ask/", "notice/")))
    assert keys["R27"] == 14, "one digest a week, and nothing else that nobody asked for"
    assert keys["withdrawn"] == keys["back"] == 0
    asked = Counter(str(mail["Subject"]) for mail in stage.mails(MENTOR))
    assert [subject for subject, times in asked.items() if times > 1] == []
    assert waiting(stage, "R") == []


def test_in_shadow_mode_the_same_quarter_writes_to_nobody_and_into_no_calendar(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"rules": {}, "mode": "shadow"})
    stage.tick()
    stage.school_assigns("Léa Moreau", LEA)
    stage.session("Léa Moreau", FIRST)
    stage.live(FIRST + HOUR)
    over(stage, "absente")
    approve_all(stage, "R09")
    writes(stage, "Bonjour, le 2 me va. Merci")
    memo(stage, "plagiat de Léa, projet 4 : son code est celui d'un dépôt public")
    approve_all(stage, "R17")
    stage.live(FIRST + 3 * WEEK)
    assert [mail["To"] for to in TO_OTHERS for mail in stage.mails(to)] == []
    assert entries(stage) == []


def rows(stage: Stage) -> list[str]:
    """The keys of every letter ever queued."""
    found = (stage.world.store.outbox.queued(who, datetime(2026, 1, 1, tzinfo=UTC)) for who in (1, None))
    return [key for keys in found for key in keys]
