"""The whole road on real servers: Dovecot, SMTP before its LMTP, Radicale, and a chat server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.understand.text import clean
from tests.servers.chat import fails
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_in import Fault
from tests.servers.town import SUPPORT, Town
from tests.stage import body

LEA = "lea.moreau@learner.example"
NOTES = "Revue des jointures SQL\nElle bloque sur les index\nPour la prochaine fois : finir l'exercice 3"


def test_from_the_school_s_mail_to_a_report_written_by_a_model_and_handed_over(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path) as town:
        world = town.world()
        town.settle(world)
        town.school_assigns("Léa Moreau", LEA)
        town.settle(world)
        (letter,) = town.letters(LEA)
        assert "vous" in body(letter)
        assert clean(body(letter)).count("\n2. ") == 1
        # Assigned only now, so the session that is about to end lies after the assignment.
        town.session("Léa Moreau", datetime.now(UTC) + timedelta(minutes=1), minutes=1)
        later = timedelta(minutes=3)
        town.settle(world, later)
        town.answer(town.question("comment s’est passée"), NOTES)
        town.settle(world, later)
        draft = town.question("À relire")
        assert "Revue des jointures SQL." in body(draft)
        assert [request["model"] for request in town.chat.requests] == ["test"]
        assert "Léa" not in str(town.chat.requests)
        assert "Moreau" not in str(town.chat.requests)
        town.answer(draft, "ok, merci")
        town.settle(world, later)
        assert "Revue des jointures SQL." in body(town.question("prêt"))
        (kept,) = (tmp_path / "state" / "reports").iterdir()
        assert "Revue des jointures SQL." in kept.read_text(encoding="utf-8")
        subjects = [str(mail["Subject"]) for mail in town.inbox()]
        assert len(subjects) == len(set(subjects))
        assert len(town.letters(LEA)) == 1
        world.store.close()


def test_an_ok_with_a_picture_too_large_to_be_fetched_is_an_ok(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = town.world()
        town.settle(world)
        town.school_assigns("Léa Moreau", LEA)
        town.settle(world)
        town.session("Léa Moreau", datetime.now(UTC) + timedelta(minutes=1), minutes=1)
        later = timedelta(minutes=3)
        town.settle(world, later)
        town.answer(town.question("comment s’est passée"), NOTES, picture=b"\xff\xd8" + b"x" * 9_000_000)
        town.settle(world, later)
        draft = town.question("À relire")
        assert "Elle bloque sur les index" in body(draft)
        town.answer(draft, "ok", picture=b"\xff\xd8" + b"x" * 9_000_000)
        town.settle(world, later)
        assert "Elle bloque sur les index" in body(town.question("prêt"))
        assert world.store.parking.all() == []
        world.mailbox.close()
        world.store.close()


def test_two_absences_reach_support_after_the_grace_and_the_mentor_s_word(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = town.world()
        town.settle(world)
        town.school_assigns("Léa Moreau", LEA)
        town.settle(world)
        for days in (1, 8):
            town.session("Léa Moreau", datetime.now(UTC) + timedelta(days=days))
            town.settle(world, timedelta(days=days, hours=1))
            town.answer(town.question("comment s’est passée"), "statut : absent")
            town.settle(world, timedelta(days=days, hours=2))
        town.answer(town.question("À approuver"), "ok")
        town.settle(world, timedelta(days=9))
        assert town.letters(SUPPORT) == []
        town.settle(world, timedelta(days=10, hours=2))
        town.settle(world, timedelta(days=12))
        (alert,) = town.letters(SUPPORT)
        assert "Léa Moreau" in body(alert)
        world.store.close()


def test_a_connection_lost_after_the_letter_was_handed_over_is_asked_about_and_not_repeated(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = town.world()
        town.settle(world)
        town.school_assigns("Léa Moreau", LEA)
        town.smtp.fail_next(Fault.DROP_DELIVERED)
        town.settle(world)
        assert len(town.letters(LEA)) == 1
        question = town.question("Envoi incertain")
        town.answer(question, "non")
        town.settle(world, timedelta(hours=1))
        assert len(town.letters(LEA)) == 1
        world.store.close()


def test_a_model_that_fails_costs_nobody_their_report(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, fails(401, "wrong key")) as town:
        world = town.world()
        town.settle(world)
        town.school_assigns("Léa Moreau", LEA)
        town.session("Léa Moreau", datetime.now(UTC) + timedelta(minutes=1), minutes=1)
        town.settle(world, timedelta(minutes=3))
        town.answer(town.question("comment s’est passée"), NOTES)
        town.settle(world, timedelta(minutes=4))
        assert "jointures SQL" in body(town.question("À relire"))
        world.store.close()


def test_a_password_refused_is_said_once_and_not_hammered(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        town.environment["MENTOR_AGENT_CALENDAR_PASSWORD"] = "wrong"
        world = town.world()
        for minutes in range(0, 180, 10):
            town.settle(world, timedelta(minutes=minutes))
        source = world.store.sources.get("calendar")
        assert source.failures == 1
        assert source.last_error
        troubles = [mail for mail in town.inbox() if "agenda" in str(mail["Subject"])]
        assert len(troubles) == 1
        world.store.close()
