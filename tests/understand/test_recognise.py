"""Assignments, sessions and learners, told by patterns that are data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.errors import ConfigError
from agent.model import Assignment, Funding, Language, Learner
from agent.understand.mail import Mail
from agent.understand.recognise import match_learner, recognise_assignment, recognise_session, safe_name
from agent.understand.recognisers import load_recognisers
from tests.understand.material import RECOGNISERS, sample

SCHOOL = ["ecole.example"]


def recognised(mail: Mail, excluded: tuple[str, ...] = ()) -> Assignment | None:
    """What the shipped patterns make of a mail."""
    return recognise_assignment(mail, RECOGNISERS, school_domains=SCHOOL, excluded=excluded)


def learner(number: int, name: str, address: str | None = None) -> Learner:
    """A learner."""
    return Learner(number, name, address, datetime(2026, 11, 2, tzinfo=UTC))


def test_french_and_english_assignments_give_the_learner() -> None:
    assert recognised(sample("assignment-fr")) == Assignment(
        "Zoé Lefèvre",
        "zoe.lefevre@apprenants.example",
        "Développeur web",
        "Projet 3 – Un site avec une base de données",
        Funding.SELF_FUNDED,
        Language.FR,
    )
    assert recognised(sample("assignment-en")) == Assignment(
        "Tom O'Neil", "tom@learners.example", "Data analyst", None, Funding.APPRENTICESHIP, Language.EN
    )
    assert recognised(sample("assignment-phrase-fr")) == Assignment(
        "Anne-Sophie Petit",
        "as.petit@apprenants.example",
        "Chef de projet",
        "Cadrer un besoin",
        Funding.APPRENTICESHIP,
        Language.FR,
    )


def test_an_assignment_quoted_or_passed_on_is_none() -> None:
    mail = sample("assignment-fr")
    assert recognised(sample("assignment-quoted")) is None
    for subject in ("Re: nouvel étudiant", "TR : nouvel étudiant", "Fwd: nouvel étudiant", "re[2]: nouvel étudiant"):
        assert recognised(replace(mail, head=replace(mail.head, subject=subject))) is None
    quoted = "\n".join("> " + line for line in mail.text.split("\n"))
    assert recognised(replace(mail, text=f"Bonjour\n{quoted}")) is None


def test_an_assignment_from_elsewhere_or_to_an_excluded_address_is_none() -> None:
    mail = sample("assignment-fr")
    for sender in ("a@evil.test", "a@fausseecole.example", None):
        assert recognised(replace(mail, head=replace(mail.head, from_address=sender))) is None
    assert recognised(mail, ("Zoe.Lefevre@apprenants.example",)) is None
    assert recognised(replace(mail, text=mail.text.replace("apprenants.example", "support.ecole.example"))) is None


def test_a_second_address_or_a_name_that_is_none_makes_no_assignment() -> None:
    mail = sample("assignment-fr")
    assert recognised(replace(mail, text=mail.text + "\nE-mail : eve@evil.test")) is None
    for name in ("http://evil.test/x", "x" * 90, "<b>Zoé</b>", "eve@evil.test"):
        assert recognised(replace(mail, text=mail.text.replace("Zoé Lefèvre", name))) is None


@pytest.mark.parametrize(
    ("summary", "name"),
    [
        ("Session de mentorat avec Léa Martin", "Léa Martin"),
        ("Session de découverte avec Léa", "Léa"),
        ("Mentoring session with Tom O'Neil", "Tom O'Neil"),
        ("Mentorat - Léa", "Léa"),
        ("Soutenance de Léa Martin", None),
        ("Mentorat - soutenance de Léa", None),
        ("Dentiste", None),
        ("Session de mentorat avec <script>", None),
        ("", None),
    ],
)
def test_a_calendar_event_is_a_session_by_its_summary(summary: str, name: str | None) -> None:
    assert recognise_session(summary, RECOGNISERS) == name


def test_a_session_belongs_to_whom_its_attendee_or_name_says() -> None:
    lea, other, tom = learner(1, "Léa Martin", "lea@x.test"), learner(2, "Léa Petit"), learner(3, "Tom O'Neil")
    everyone = [lea, other, tom]
    assert match_learner("Tom", ["mailto:LEA@x.test", "claire@boite.example"], everyone) == lea
    assert match_learner("MARTIN lea", [], everyone) == lea
    assert match_learner("Tom", [], everyone) == tom
    assert match_learner("Léa P.", [], everyone) == other
    assert match_learner("Léa", [], everyone) == [lea, other]
    assert match_learner("Tom Dupont", [], everyone) == []
    assert match_learner("", [], everyone) == []


def test_a_name_fit_for_a_letter_is_one_line_without_markup() -> None:
    assert safe_name(" Zoé\u202e \x00 Lefèvre ,") == "Zoé Lefèvre"
    assert safe_name("12") == ""


def test_every_mistake_in_the_file_is_reported_at_once_with_its_path() -> None:
    text = """
    nonsense = 1
    [[assignment]]
    name = "a"
    language = "de"
    subject = "("
    body = ["x", 3]
    [[session_event]]
    summary = "x"
    [[not_a_session]]
    summary = "%s"
    [funding_words]
    x = "rich"
    [words]
    approve = ["ok", "pas"]
    negation = ["pas"]
    drop = "no"
    [words.status]
    absent = "away"
    """ % ("a" * 501)
    with pytest.raises(ConfigError) as caught:
        load_recognisers(text)
    problems = caught.value.problems
    for start in (
        "nonsense: unknown key",
        "assignment[0].language: must be one of",
        "assignment[0].subject: not a regular expression",
        "assignment[0].body[1]: must be a pattern",
        "session_event[0].summary: has no group",
        "not_a_session[0].summary: longer than",
        "funding_words.x: must be one of",
        "words.drop: must be a list",
        'words.approve: "pas" stands in',
        "words.status.absent: must be a list",
    ):
        assert any(problem.startswith(f"recognisers.toml: {start}") for problem in problems), (start, problems)


def test_a_file_that_is_no_toml_is_one_clear_problem() -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml: "):
        load_recognisers("[[", "mine.toml")


def test_shipped_patterns_say_that_they_are_invented() -> None:
    assert RECOGNISERS.assignments
    assert all(pattern.invented for pattern in RECOGNISERS.assignments)
