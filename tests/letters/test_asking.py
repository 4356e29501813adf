"""What is asked can be answered by a touch: every button writes what is understood, no link leads anywhere else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from agent.model import REPLY_MARKER, Language, Matter, SessionStatus
from agent.render import Letters
from agent.understand import later, reply, situation
from agent.understand.mail import Head, Mail
from agent.understand.session_answer import read_session_answer
from agent.understand.verdict import Answer, read_confirmation, read_draft_answer
from tests.letters.samples import REF, samples, template_of
from tests.letters.test_letters import WORDS as GRAMMAR
from tests.understand.material import WORDS

LETTERS = Letters()
REQUESTS = [
    (language, picture)
    for language in Language
    for picture, values in samples(language).items()
    if values.get("ref") and not picture.startswith(("notice", "shadow", "report_ready", "later_noted", "source"))
]
ONE = [(language, picture) for language, picture in REQUESTS if template_of(picture) != "requests_digest"]
QUOTED = {
    "nothing": "",
    "marked": "\n\nLe lun. 2 nov. 2026 à 09:00, Claire Martin <claire.martin@example.org> a écrit :\n{marked}\n",
    "unmarked": "\n\n{text}\n",
}

DRAFT = {
    "Approuver Approve": Answer.APPROVE,
    "Modifier Edit": Answer.REPLACE,
    "Refaire Redo": Answer.REDO,
    "Ne pas garder Do not keep Ne pas envoyer Do not send": Answer.DROP,
}
SESSION = {
    "Réalisée Completed": SessionStatus.COMPLETED,
    "Absent(e) Absent": SessionStatus.ABSENT,
    "Annulée (plus de 24 h avant) Cancelled (over 24 h before)": SessionStatus.CANCELLED,
    "Annulée tardivement Cancelled late": SessionStatus.CANCELLED_LATE,
    "Déplacée Moved": SessionStatus.MOVED,
}
DRAFTS = {"letter_draft", "report_draft", "question_back"}


def render(language: Language, picture: str, **changes: Any) -> Any:
    return LETTERS.render(template_of(picture), language, **{**samples(language)[picture], **changes})


def buttons(html: str) -> list[tuple[str, str, str]]:
    """Label, subject and body of each button."""
    found = re.findall(r'href="(mailto:[^"]+)"[^>]*>([^<]*)</a>', html.replace("&amp;", "&"))
    asked = [(label.replace("\u00a0", " ").replace("’", "'"), parse_qs(urlsplit(link).query)) for link, label in found]
    return [(label, query["subject"][0], query["body"][0].replace("\r\n", "\n")) for label, query in asked]


def answered(subject: str, body: str, asked: str, quoted: str) -> Mail:
    """The mail that a button opens, sent as it is, with what the mail program adds below."""
    marked = "\n".join(f"> {line}" for line in asked.splitlines())
    head = Head(from_name="Claire Martin", from_address="claire.martin@example.org", subject=subject)
    return Mail(head, body + QUOTED[quoted].format(marked=marked, text=asked))


@pytest.mark.parametrize(("language", "picture"), REQUESTS)
def test_no_request_has_a_link_that_a_scanner_could_follow(language: Language, picture: str) -> None:
    letter = render(language, picture)
    assert not re.search(r"https?:|www\.", letter.html + letter.text)
    assert set(re.findall(r'href="(\w+):', letter.html)) <= {"mailto"}
    assert buttons(letter.html)


@pytest.mark.parametrize(("language", "picture"), ONE)
def test_every_button_writes_the_reference_in_its_subject_and_on_its_last_line(
    language: Language, picture: str
) -> None:
    for _, subject, body in buttons(render(language, picture).html):
        assert subject.endswith(f"[{REF}]")
        assert body.rstrip().endswith(f"f. {REF}")
        assert reply.tokens(Mail(Head(subject=subject), body)) == (REF.removeprefix("ma-"),)


@pytest.mark.parametrize("quoted", QUOTED)
@pytest.mark.parametrize(("language", "picture"), ONE)
def test_every_button_is_understood_as_what_it_says(language: Language, picture: str, quoted: str) -> None:
    letter = render(language, picture)
    for label, subject, body in buttons(letter.html):
        mail = answered(subject, body, letter.text, quoted)
        said = reply.read(mail).text
        understood(picture, label, said)


def understood(picture: str, label: str, said: str) -> None:
    """Judge what was read by the readers that answers go to."""
    kind = template_of(picture)
    if label in {"Plus tard", "Later"}:
        assert later.only(said, WORDS)
        assert read_draft_answer(said, WORDS).kind is Answer.LATER
    elif label in {"Répondre", "Answer", "Autre raison", "Another reason"}:
        assert said.strip(" %\u00a0") == ""
    elif kind in DRAFTS or picture in {"reminder-report", "reminder-letter"}:
        assert read_draft_answer(said, WORDS).kind is _meant(DRAFT, label)
    elif kind in {"session_question", "reminder", "notes_again"}:
        assert read_session_answer(said, (), WORDS).status is _meant(SESSION, label)
    elif kind == "outcome_question":
        found = situation.answered(said, GRAMMAR, Matter.BACK, Matter.LEFT)
        assert found is not None
        assert found[0] is (Matter.BACK if label.startswith(("Oui", "Yes")) else Matter.LEFT)
    elif kind == "which_question":
        assert said == label[0]
    elif kind == "situation_noted":
        assert any(pattern.fullmatch(said) for pattern in GRAMMAR.values["cancel"])
    elif kind == "context_question":
        assert said
        assert "ma-" not in said
    else:
        yes = label.startswith(("Oui", "Yes", "Renvoyer", "Send again", "Continuer", "Go on"))
        assert read_confirmation(said, WORDS) is yes


def _meant(table: dict[str, Any], label: str) -> Any:
    return next(value for labels, value in table.items() if label in labels)


@pytest.mark.parametrize("quoted", QUOTED)
@pytest.mark.parametrize("language", Language)
def test_what_is_typed_behind_the_reference_of_a_button_is_read_as_well(language: Language, quoted: str) -> None:
    letter = render(language, "session_question")
    _, subject, body = buttons(letter.html)[0]
    said = reply.read(answered(subject, f"{body}Nous avons revu les jointures SQL.", letter.text, quoted)).text
    answer = read_session_answer(said, (), WORDS)
    assert answer.status is SessionStatus.COMPLETED
    assert answer.notes == "Nous avons revu les jointures SQL."


@pytest.mark.parametrize("language", Language)
def test_an_edited_draft_comes_back_without_the_reference(language: Language) -> None:
    letter = render(language, "letter_draft")
    label, subject, body = next(one for one in buttons(letter.html) if one[0] in {"Modifier", "Edit"})
    new = body.replace("mardi", "jeudi").replace("Tuesday", "Thursday")
    word = read_draft_answer(reply.read(answered(subject, new, letter.text, "nothing")).text, WORDS)
    assert (label, word.kind) == (label, Answer.REPLACE)
    assert "jeudi" in word.text or "Thursday" in word.text
    assert "ma-" not in word.text


@pytest.mark.parametrize(("language", "picture"), REQUESTS)
def test_the_first_forty_characters_of_a_subject_say_who_and_what(language: Language, picture: str) -> None:
    values, letter = samples(language)[picture], render(language, picture)
    names = [values.get(name) for name in ("learner_name", "recipient_label", "name")]
    first = letter.subject[:40]
    known = next((name for name in names if name), None)
    if known and template_of(picture) not in {"uncertain", "question_back", "which_question", "situation_noted"}:
        assert known.split()[0] in first
    assert REPLY_MARKER not in first


@pytest.mark.parametrize(("language", "picture"), ONE)
def test_a_request_gives_its_rule_and_clause_in_one_line(language: Language, picture: str) -> None:
    values, kind = samples(language)[picture], template_of(picture)
    if kind in {"ceiling", "which_question", "situation_noted", "question_back"}:
        return  # no rule of the school's is behind these
    why = values.get("why") if kind == "letter_draft" else f"{values['rule']} · {values['clause']}"
    assert any(line.endswith(str(why)) for line in render(language, picture).text.splitlines())


def test_a_digest_has_the_buttons_of_each_request_under_its_own_reference() -> None:
    for language in Language:
        asked = samples(language)["requests_digest"]["asked"]
        letter = render(language, "requests_digest")
        for one in asked:
            mine = [body for _, subject, body in buttons(letter.html) if f"[{one.ref}]" in subject]
            assert len(mine) >= 4
            assert all(body.rstrip().endswith(one.ref) for body in mine)
