"""Corrections inside the quoted draft: found, put in, and told from what mail programs do to a quotation."""

from __future__ import annotations

import re
import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.understand.corrections import Change, Correction, Quoted, changes, read, same

DRAFT = """Bonjour Léa,

Vous n’étiez pas à notre session de mardi 3 novembre. J’espère que tout va bien : dites-moi ce qui s’est passé, si \
vous le voulez bien.

Voici deux créneaux possibles :

1. jeudi 5 novembre à 18 h 00
2. vendredi 6 novembre à 12 h 30

Répondez-moi avec le numéro qui vous convient.

Bien cordialement,
Claire Martin"""

MAIL = """— répondez au-dessus de cette ligne · reply above this line —

Cette lettre attend votre accord.

Sans lui, rien ne part.

À : Léa Moreau <lea.moreau@learner.example>
Objet : Votre session de mardi
Raison : R09 · Après une première absence, écrire de nouveau à l’apprenant.
Version : 1

────────────────────────────

{draft}

────────────────────────────

Pour répondre :

- Approuver : « ok »
- Modifier : « modifier : », suivi de votre texte
- Ne pas garder : « non »

réf. ma-abcdefghij234567
"""


def mail(draft: str = DRAFT) -> str:
    return MAIL.format(draft=draft)


def found(quoted: str, draft: str = DRAFT) -> Correction:
    return read(quoted, draft, mail(draft), 0.4)


def corrected(*pairs: tuple[str, str]) -> str:
    text = DRAFT
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return text


def test_a_quotation_as_it_was_sent_corrects_nothing() -> None:
    assert found(mail()) == Correction(Quoted.UNCHANGED)


def test_no_quotation_corrects_nothing() -> None:
    assert found("") == Correction(Quoted.UNCHANGED)
    assert found("Le lun. 2 nov. 2026 à 09:00, Claire Martin a écrit :") == Correction(Quoted.UNCHANGED)


@pytest.mark.parametrize(
    "done",
    [
        lambda text: "\n".join(textwrap.fill(line, 60) if line else "" for line in text.split("\n")),
        lambda text: "\n".join(line for line in text.split("\n") if line.strip()),  # empty lines dropped
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\xa0", " ").replace("’", "'").replace("« ", '"').replace(" »", '"'),
        lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
        lambda text: "\n".join(f">> {line}" for line in text.split("\n")),
        lambda text: text.replace("─", "").replace("Version : 1", "Version 1"),  # the HTML part, quoted as text
        lambda text: text.replace(
            "lea.moreau@learner.example", "lea.moreau@learner.example<mailto:lea.moreau@learner.example>"
        ),
        lambda text: text[text.index("Version") :],  # trimmed above the draft
        lambda text: text[text.index("Bonjour") :],
        lambda text: text[: text.index("Pour répondre")],  # trimmed below it
        lambda text: text.replace("Approuver : « ok »", "Approuver").replace("suivi de votre texte", ""),
        lambda text: (
            "De : Claire Martin\nEnvoyé : lundi\nÀ : Claire Martin\nObjet : À approuver\n\n"
            + text
            + "\n\nAvis de confidentialité."
        ),
    ],
)
def test_what_mail_programs_do_to_a_quotation_is_no_correction(done) -> None:  # type: ignore[no-untyped-def]  # lambdas
    assert found(done(mail())).kind is Quoted.UNCHANGED


@pytest.mark.parametrize(
    "pairs",
    [
        (("mardi 3 novembre", "lundi 2 novembre"),),
        ((", si vous le voulez bien", ""),),
        (("Bonjour Léa,", "Chère Léa,"),),
        (("Claire Martin", "Claire"),),
        (("Claire Martin", "Claire Martin\n\nPS : prenez l'exercice 3."),),
        (("18 h 00", "18 h 30"), ("possibles", "pour vous")),
        (("1. jeudi 5 novembre à 18 h 00\n", ""), ("2. vendredi", "1. vendredi")),
        (("Voici deux créneaux possibles :\n\n", ""),),
        (("Léa,\n\nVous", "Léa,\n\nMerci pour votre message. Vous"),),
        (("convient.", "convient !"),),
        (("tout va bien", "tout va très bien"),),
    ],
)
@pytest.mark.parametrize("width", [0, 40, 72])
def test_a_correction_is_put_into_the_draft_and_the_rest_stays_letter_for_letter(
    pairs: tuple[tuple[str, str], ...], width: int
) -> None:
    text = corrected(*pairs)
    quoted = mail(text)
    if width:
        quoted = "\n".join(
            textwrap.fill(line, width, break_on_hyphens=False) if line else "" for line in quoted.split("\n")
        )
    assert found(quoted) == Correction(Quoted.CORRECTED, text)


def test_a_correction_is_found_in_a_quotation_that_a_program_has_set_otherwise() -> None:
    quoted = mail(corrected(("mardi 3", "lundi 2"))).replace("’", "'").replace("\xa0", " ").replace("─", "")
    assert found(quoted) == Correction(Quoted.CORRECTED, corrected(("mardi 3", "lundi 2")))


@pytest.mark.parametrize("end", ["Voici deux créneaux", "bien :", "Bien cordialement,"])
def test_a_quotation_that_ends_inside_the_draft_is_asked_about(end: str) -> None:
    assert found(mail()[: mail().index(end)]).kind is Quoted.CUT


def test_a_quotation_that_begins_inside_the_draft_is_asked_about() -> None:
    assert found(mail()[mail().index("Voici deux") :]).kind is Quoted.CUT


def test_a_link_that_a_mail_server_wrapped_is_no_correction_and_another_link_is_one() -> None:
    draft = DRAFT.replace("Voici deux", "Voyez https://docs.example.org/sql puis ces deux")
    wrapped = "https://links.example.net/?url=https%3A%2F%2Fdocs.example.org%2Fsql&data=05"
    assert found(mail(draft).replace("https://docs.example.org/sql", wrapped), draft).kind is Quoted.UNCHANGED
    other = draft.replace("/sql", "/sql-joins")
    assert found(mail(other), draft) == Correction(Quoted.CORRECTED, other)


def test_a_mark_that_words_were_left_out_is_no_correction() -> None:
    assert found(mail(corrected(("J’espère que tout va bien", "[…]")))).kind is Quoted.CUT


def test_another_text_in_the_place_of_the_draft_is_asked_about() -> None:
    other = " ".join(f"mot{n}" for n in range(60))
    assert found(mail(other)).kind is Quoted.MUCH
    assert found(mail("")).kind is Quoted.MUCH  # taken out as a whole


def test_a_mail_that_did_not_show_the_draft_corrects_nothing() -> None:
    assert (
        read("C'est noté : je vous le remontre demain.", DRAFT, "C’est noté : je vous le remontre demain.", 0.4).kind
        is Quoted.UNCHANGED
    )


@given(st.data())
def test_any_one_word_taken_out_or_put_in_gives_just_that_text(data: st.DataObject) -> None:
    words = DRAFT.split(" ")
    at = data.draw(st.integers(1, len(words) - 2))
    new = data.draw(st.sampled_from([None, "vraiment", "bientôt"]))
    changed = " ".join([*words[:at], *([new] if new else []), *words[at + (new is None) :]])
    answer = found(mail(changed))
    assert answer.kind is Quoted.CORRECTED
    assert same(answer.text, changed)


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_quoted_only_what_is_quoted_can_get_into_the_draft(quoted: str, draft: str) -> None:
    answer = read(quoted, draft, mail(draft), 0.4)
    assert (answer.kind is Quoted.CORRECTED) == bool(answer.text)
    written = set(re.findall(r"\w", quoted + draft))
    assert set(re.findall(r"\w", answer.text)) <= written


@pytest.mark.parametrize(
    "quoted", ["a " * 100_000, ">" * 200_000, "a\n" * 100_000, "www." * 50_000, " " * 200_000, "[" * 200_000]
)
def test_a_hostile_quotation_is_compared_within_a_second(quoted: str) -> None:
    begin = time.process_time()
    for draft in (DRAFT, "a " * 5_000):
        read(quoted, draft, mail(draft), 0.4)
        changes(quoted, draft)
    assert time.process_time() - begin < 4  # four comparisons


def test_the_difference_of_two_versions_is_shown_in_passages() -> None:
    text = corrected(("mardi 3 novembre", "lundi 2 novembre"), (", si vous le voulez bien", ""))
    assert changes(DRAFT, text) == (Change("mardi 3", "lundi 2"), Change("passé, si vous le voulez bien", "passé"))
    assert changes(DRAFT, DRAFT.replace("’", "'")) == ()
    assert changes(DRAFT, "Tout autre chose, sans rapport aucun avec cela.") == ()
