"""The weekly digest (R27): one mail to the mentor with the week's figures, what waits, and a sign of life."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from agent.model import Language, Learner, Matter, Party, Proof
from agent.phrasing import NBSP
from agent.render import Letters
from agent.store import NewSituation
from tests.letters.digest_samples import digest_samples
from tests.stage import MENTOR, QUIET, SUPPORT, Stage, body
from tests.stories import LEA, START, met, missed

DIGEST = "Votre semaine"
MONDAY = datetime(2026, 11, 9, 7, 0, tzinfo=UTC)  # 8:00 in Paris, the week after the stage's first
GMAIL_CLIPS_AT = 102_000  # bytes of HTML


def on(folder: Path, *rules: str, **changes: object) -> Stage:
    """A stage on which the digest leaves, and the rules whose figures it shows are on."""
    modes = {rule: mode for rule, mode in QUIET.items() if rule not in {"R27", *rules}}
    return Stage(folder, {"rules": modes, **changes})


def comes(stage: Stage, moment: datetime) -> None:
    """The days pass until then, with a look at the world each day and one at that very instant."""
    while stage.now + timedelta(days=1) < moment:
        stage.pass_time(days=1)
    stage.now = moment
    stage.tick()
    stage.tick()


def digest(stage: Stage) -> EmailMessage:
    return stage.last(containing=DIGEST)


def text(mail: EmailMessage) -> str:
    return body(mail).replace(NBSP, " ").replace("\r\n", "\n")


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_on_monday_at_eight_the_mentor_gets_one_digest_and_no_second_one(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    comes(stage, MONDAY - timedelta(minutes=1))
    assert stage.count(DIGEST) == 0
    comes(stage, MONDAY + timedelta(minutes=30))
    assert stage.count(DIGEST) == 1
    assert str(digest(stage)["Subject"]).endswith("du lundi 2 novembre au dimanche 8 novembre 2026")
    comes(stage, MONDAY + timedelta(days=6))
    assert stage.count(DIGEST) == 1
    comes(stage, MONDAY + timedelta(days=7, hours=1))
    assert stage.count(DIGEST) == 2


@pytest.mark.parametrize(
    ("start", "utc_hour"), [(datetime(2026, 10, 19, 8, tzinfo=UTC), 7), (datetime(2027, 3, 22, 8, tzinfo=UTC), 6)]
)
def test_eight_o_clock_stays_eight_o_clock_when_the_clocks_change(
    tmp_path: Path, start: datetime, utc_hour: int
) -> None:
    """The Monday after the change: in October 7:00 UTC and no longer 6:00, in March the other way round."""
    monday = (start + timedelta(days=7)).replace(hour=utc_hour)
    stage = on(tmp_path)
    stage.now = start
    comes(stage, monday - timedelta(minutes=1))
    before = stage.count(DIGEST)
    comes(stage, monday)
    assert (before, stage.count(DIGEST)) == (0, 1)


def test_the_digest_goes_to_the_mentor_alone_even_in_shadow_mode(tmp_path: Path) -> None:
    stage = met(on(tmp_path, mode="shadow"))
    comes(stage, MONDAY)
    assert (stage.count(DIGEST), stage.mails(LEA), stage.mails(SUPPORT)) == (1, [], [])
    assert [str(one["To"]) for one in stage.mails(MENTOR) if DIGEST in str(one["Subject"])] == [MENTOR]


def test_it_says_what_waits_with_the_deadline_and_what_is_overdue(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    stage.session("Léa Moreau", MONDAY - timedelta(hours=12))  # Sunday evening: its report is due on Tuesday
    comes(stage, MONDAY)
    waiting = text(digest(stage)).partition("Ce qui attend votre réponse\n\n")[2].partition("\n\n")[0]
    assert waiting.splitlines() == [
        "- Léa Moreau : comment s’est passée la session, en retard depuis jeudi 5 novembre à 18 h 45",
        "- Léa Moreau : comment s’est passée la session, avant mardi 10 novembre à 20 h 45",
    ]


def test_it_names_the_figures_that_ask_for_something_with_the_next_step_and_the_others_as_in_order(
    tmp_path: Path,
) -> None:
    stage = met(on(tmp_path, "R08", "R11"))
    comes(stage, MONDAY)
    look, _, fine = text(digest(stage)).partition("À regarder")[2].partition("En ordre, rien à faire")
    assert "- Comptes rendus en 48 heures : 0 sur 1 (0 %)\n  Répondez aux demandes en attente" in look
    assert "- Sessions sans statut : 1 sur 1\n  Dites comment s’est passée la session avec Léa Moreau." in look
    assert "- Premiers contacts en 48 heures : 1 sur 1 (100 %)" in fine
    assert "Absences injustifiées : 0" in fine


def test_from_the_second_whole_week_on_a_figure_has_its_trend(tmp_path: Path) -> None:
    stage = on(tmp_path)
    missed(stage)  # one absence in each of the first two weeks; the agent began to watch within the first
    stage.session("Léa Moreau", START + timedelta(weeks=2))
    stage.answer(stage.over(START + timedelta(weeks=2)), "Nous avons revu les jointures.")
    stage.pass_time(minutes=5)
    comes(stage, MONDAY + timedelta(weeks=2))
    assert "Absences injustifiées : 0 sur 1, en progrès (avant : 1 sur 1)" in text(digest(stage))


def test_it_names_who_has_no_session_this_week_unless_none_is_due(tmp_path: Path) -> None:
    stage = met(on(tmp_path, "R11"))
    stage.school_assigns("Tom Petit", "tom.petit@learner.example")
    stage.school_assigns("Inès Lambert", "ines.lambert@learner.example")
    stage.session("Tom Petit", MONDAY + timedelta(days=2))
    stage.pass_time(minutes=5)
    absence = NewSituation(
        source="x",
        matter=Matter.JUSTIFIED,
        at=stage.now,
        by=Party.SCHOOL,
        words="…",
        proof=Proof.COMMAND,
        learner_id=3,
        since=MONDAY - timedelta(days=1),
        until=MONDAY + timedelta(days=6),
    )
    stage.world.store.situations.add(absence)
    assert week_to_come(stage).splitlines() == [
        "1 session planifiée, jusqu’au dimanche 15 novembre 2026.",
        "Sans session planifiée : Léa Moreau.",
    ]


def week_to_come(stage: Stage) -> str:
    comes(stage, MONDAY)
    return text(digest(stage)).partition("Cette semaine\n\n")[2].partition("\n\n")[0]


def test_it_lists_the_learners_mails_that_nothing_was_concluded_from_once(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    facts = stage.world.store.facts
    for number, understood in ((1, False), (2, True)):
        detail = {"subject": f"Sujet {number}", "understood": understood}
        facts.add(f"m{number}", "learner_mail", at=stage.now, now=stage.now, learner_id=1, detail=detail)
    comes(stage, MONDAY)
    assert "- Léa Moreau : Sujet 1 (lundi 2 novembre" in text(digest(stage))
    assert "Sujet 2" not in text(digest(stage))
    comes(stage, MONDAY + timedelta(weeks=1))
    assert "Sujet 1" not in text(digest(stage))


def test_it_is_the_heartbeat_each_source_with_its_last_contact_or_since_when_it_fails(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    comes(stage, MONDAY - timedelta(days=1))
    sunday = stage.now
    stage.world.store.sources.failed("calendar", "refused", MONDAY + timedelta(days=1), sunday)
    comes(stage, MONDAY)
    heart = text(digest(stage)).partition("Dernier contact avec vos serveurs")[2]
    assert "- la messagerie : lundi 9 novembre à 8 h 00\n" in heart
    assert "en panne depuis dimanche 8 novembre à 8 h 00" in heart


def test_progress_is_drawn_and_said_in_the_same_numbers(tmp_path: Path) -> None:
    programme = {"Data": [["Projet 1", 10], ["Projet 2", 30]]}
    stage = on(tmp_path, programmes=programme)
    stage.tick()
    funding = (date(2026, 11, 2), date(2026, 11, 15))
    who = stage.world.store.people.add(
        Learner(
            0,
            "Léa Moreau",
            LEA,
            stage.now,
            path="Data",
            project="Projet 2",
            funded_from=funding[0],
            funded_until=funding[1],
        )
    )
    figure = NewSituation(
        "p", Matter.PROGRESS, stage.now, Party.MENTOR, "20 %", Proof.COMMAND, learner_id=who.id, number=20
    )
    stage.world.store.situations.add(figure)
    comes(stage, MONDAY)
    mail = digest(stage)
    # 10 hours and a fifth of 30 are 16 of 40; 7 days and 8 hours of 14 days have passed
    assert "- Léa Moreau : 40 % (attendu : 52 %)" in text(mail)
    cells = re.findall(r'<td class="(done|gap|mark|over|rest)" width="([^"]+)"', html(mail))
    assert cells == [("done", "40%"), ("gap", "12%"), ("mark", "3"), ("rest", "48%")]
    assert re.findall(r'<table role="presentation" aria-hidden="true" class="bar"', html(mail)) != []
    assert "<img" not in html(mail)


@pytest.mark.parametrize(
    ("real", "expected", "cells"),
    [
        (0, 0, ["mark", "rest"]),
        (0, None, ["rest"]),
        (30, None, ["done", "rest"]),
        (60, 40, ["done", "over", "done", "rest"]),
        (100, 100, ["done", "mark"]),
        (130, -5, ["over", "done"]),
    ],
)
def test_a_bar_fills_its_width_whatever_the_figures(real: int, expected: int | None, cells: list[str]) -> None:
    values = {**digest_samples(Language.FR)["digest"], "progress": [["Léa", "…", real, expected]]}
    page = Letters().render("digest", Language.FR, **values).html
    found = re.findall(r'<td class="(done|gap|mark|over|rest)" width="([^"]+)"', page)
    assert [kind for kind, _ in found] == cells
    assert sum(int(width[:-1]) for _, width in found if width.endswith("%")) == 100


@pytest.mark.parametrize("language", list(Language))
def test_forty_learners_fit_into_a_mail_that_no_program_cuts(language: Language) -> None:
    letter = Letters().render("digest", language, **digest_samples(language)["digest-forty"])
    assert letter.html.count('class="bar"') == 40
    assert len(letter.html.encode()) < GMAIL_CLIPS_AT


def test_after_an_outage_only_the_latest_week_is_sent(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    stage.now = MONDAY + timedelta(weeks=3, days=1)
    stage.tick()
    assert [str(mail["Subject"]) for mail in stage.mails(MENTOR) if DIGEST in str(mail["Subject"])] == [
        f"{DIGEST} du lundi 23 novembre au dimanche 29 novembre 2026"
    ]


def test_who_has_left_is_neither_drawn_nor_missed(tmp_path: Path) -> None:
    stage = met(on(tmp_path))
    known = stage.world.store.people.get(1)
    stage.world.store.people.change(replace(known, left_at=stage.now))
    comes(stage, MONDAY)
    assert "Sans session planifiée" not in text(digest(stage))
    assert "Progression" not in text(digest(stage))


def test_an_alert_that_left_is_counted_and_one_that_waits_is_named(tmp_path: Path) -> None:
    stage = on(tmp_path)
    missed(stage)
    comes(stage, MONDAY + timedelta(weeks=1))
    assert "attente de votre accord : 1\n  Approuvez ou abandonnez l’alerte au sujet de Léa Moreau." in text(
        digest(stage)
    )
    assert "Alertes envoyées à l’équipe mentorat : 0" in text(digest(stage))
    stage.answer(stage.last(containing="À approuver"), "ok")
    stage.pass_time(minutes=5)
    assert len(stage.mails(SUPPORT)) == 1
    comes(stage, MONDAY + timedelta(weeks=2))
    assert "Alertes envoyées à l’équipe mentorat : 1, en hausse (avant : 0)" in text(digest(stage))
    assert "attente de votre accord : 0" in text(digest(stage))
