"""The commands as processes of their own, against real servers: what a mentor types in a shell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from tests.road.test_said import LEA, contacted
from tests.servers.dovecot import Dovecot
from tests.servers.town import SUPPORT, Town

TOM = "tom.petit@learner.example"
NEWS = """Bonjour Claire,

Votre candidature a été retenue ! {name} rejoint votre liste à partir de lundi.
Pour la joindre : {address}
"""


def test_a_situation_told_in_the_shell_is_acted_on_and_can_be_explained(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        world.store.close()
        said = town.command("tell", "Léa : plagiat, projet 4, son code est celui d'un dépôt public")
        assert "noted: " in said
        assert "Léa Moreau" in said
        assert "support" in town.command("plan")
        judged = json.loads(town.command("explain", "Léa", "--json"))
        assert "R17" in {one["rule"] for one in judged["hits"]}
        assert "R16" in {one["rule"] for one in judged["misses"]}
        shown = town.command("explain", "Léa")
        assert [rule for rule in (f"R{number:02}" for number in range(1, 30)) if f"\n{rule}  " not in shown] == []
        assert town.letters(SUPPORT) == []  # neither command has sent anything
        world = town.world()
        town.settle(world)
        town.answer(town.question("À approuver"), "ok")
        town.settle(world)
        assert len(town.letters(SUPPORT)) == 1
        world.store.close()


def test_the_indicators_are_read_without_any_server_being_asked(dovecot: Dovecot, tmp_path: Path) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        contacted(town).store.close()
        town.radicale.stop()
        told = json.loads(town.command("indicators", "--json"))
        assert [(one["count"], one["of"]) for one in told["indicators"] if one["rule"] == "R01"] == [(1, 1)]
        assert [one["learner"] for one in told["progress"]] == ["Léa Moreau"]
        assert "Léa Moreau" in town.command("indicators")
        town.radicale.start()


def test_a_mentor_s_past_is_rehearsed_from_the_real_servers_and_nothing_is_changed_there(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with Town(dovecot, tmp_path, model=False) as town:
        now = datetime.now(UTC)
        town.arrived("Léa Moreau", LEA, now - timedelta(days=4))
        town.session("Léa Moreau", now - timedelta(days=1))
        lived = json.loads(town.command("rehearse", "--since", f"{now - timedelta(days=6):%Y-%m-%d}", "--json"))
        assert (lived["learners"], lived["sessions"]) == (1, 1)
        assert [one["rule"] for one in lived["letters"] if one["to"] == LEA] == ["R01"]
        assert [one["saved"] for one in lived["contacts"]] == [True]
        assert any("comment s’est passée" in one["subject"] for one in lived["letters"])
        assert (len(town.inbox()), town.inbox("Sent"), town.smtp.accepted) == (1, [], [])
        assert len(town.calendar.contents()) == 1


def assigned(name: str, address: str) -> EmailMessage:
    """The school's mail in words that no shipped pattern knows."""
    mail = EmailMessage()
    mail["From"] = "École Exemple <attributions@school.example>"
    mail["To"] = "claire@example.org"
    mail["Subject"] = f"Bonne nouvelle, vous suivez désormais {name}"
    mail["Message-ID"] = make_msgid(domain="school.example")
    mail["Date"] = datetime.now(UTC)
    mail.set_content(NEWS.format(name=name, address=address))
    return mail


def test_a_pattern_taught_from_a_sample_reads_what_lies_in_the_mailbox_already(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    sample = tmp_path / "sample.eml"
    sample.write_bytes(assigned("Inès Lambert", "ines.lambert@learner.example").as_bytes())
    with Town(dovecot, tmp_path, model=False) as town:
        world = contacted(town)
        news = assigned("Tom Petit", TOM)
        news.replace_header("To", town.account.address)
        town.send(news)
        town.settle(world)
        world.store.close()
        assert town.letters(TOM) == []
        values = ("--value", "name=Inès Lambert", "--value", "address=ines.lambert@learner.example")
        said = town.command("teach", str(sample), "--kind", "assignment", *values, "--yes")
        assert "Tom Petit" in said  # what else it would have matched
        assert "Saved in" in said
        world = town.world()
        town.settle(world)
        assert len(town.letters(TOM)) == 1
        assert len(town.letters(LEA)) == 1  # the past was read again, and nobody is written to twice
        world.store.close()
