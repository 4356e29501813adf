"""What the mentor wrote, apart from what they answered to."""

from __future__ import annotations

import pytest

from agent.model import REPLY_MARKER as MARKER
from agent.understand.mail import parse_head
from agent.understand.reply import new_text, tokens
from tests.understand.material import sample, written

QUOTED = "> Voici le compte rendu.\n> Répondez ok."


@pytest.mark.parametrize(
    "text",
    [
        f"ok\n\nLe lun. 3 nov. 2026 à 10:12, Claire <\nclaire@boite.example> a écrit :\n\n{QUOTED}",
        f"ok\n\nOn Tue, 3 Nov 2026 at 10:12, Claire Martin\n<claire@boite.example> wrote:\n{QUOTED}",
        "ok\n\nLe 3 nov. 2026 à 10:12, Claire Martin a écrit :\n\nVoici le compte rendu sans chevrons.",
        f"Le 03/11/2026 à 10:12, Claire Martin a écrit :\n{QUOTED}\n\nok",
        f"{QUOTED}\n\nok\n\n-- \nClaire Martin\nMentor",
        "ok\nEnvoyé de mon iPhone",
        "ok\n\nSent from my iPhone",
        "ok\n\nEnvoyé depuis Outlook pour Android",
        "ok\n\nCordialement,\n\nClaire Martin\nMentor développement web\n+33 6 00 00 00 00\nwww.claire.example",
        "ok\n\nClaire",
        "ok\n\nDe : Claire\nEnvoyé : mardi\nÀ : Claire\nObjet : Compte rendu\n\nnon",
        "ok\n\n-----Original Message-----\nFrom: Claire\nno",
        f"ok\n\n{MARKER}\nVoici le compte rendu.",
        f"> {MARKER}\n{QUOTED}\nok",
    ],
)
def test_an_answer_is_found_whatever_program_it_was_written_with(text: str) -> None:
    assert new_text(written(text)) == "ok"


@pytest.mark.parametrize(
    "text",
    [
        "De : Marie\nÀ : Paul\nils ont travaillé ensemble.",
        "Session réussie.\n- les tests\n- le déploiement\nBonne journée de travail pour Marie, elle avance.",
        "Le 3 novembre nous avons parlé du projet.\nOn a écrit les tests.",
        "ok\n\nCordialement,\nmais enlève la dernière phrase",
        "ok\n\nBonne journée\nps : ne l'envoie pas",
        "ok\nThanks, but no",
        "ok\n--\nmais pas la fin",
        "Merci,",
    ],
)
def test_words_that_only_look_like_a_quotation_or_a_signature_stay(text: str) -> None:
    assert new_text(written(text)) == text


def test_html_and_outlook_answers_come_out_alone() -> None:
    assert new_text(sample("reply-gmail-html")) == "C'est bon, merci !"
    assert new_text(sample("reply-outlook-fr")) == "refaire : plus court, et parle de l'oral"


def test_a_request_is_referred_to_by_any_one_of_its_traces() -> None:
    assert tokens(sample("reply-gmail-html")) == ("abcdefgh234567ab", "zzcdefgh234567ab")
    assert tokens(sample("reply-gmail-html").head) == ("abcdefgh234567ab",)
    assert tokens(sample("reply-outlook-fr")) == ("abcdefgh234567ab",)
    assert tokens(written("ok", subject="Re: [ma-bbcdefgh234567ab]")) == ("bbcdefgh234567ab",)
    assert tokens(written("ma-short ma-abcdefgh234567abc xma-abcdefgh234567ab ma-abcdefgh234567a1")) == ()


def test_an_answer_names_its_request_by_the_message_id_alone() -> None:
    """Every mail about a request has a Message-ID of its own: <ma-TOKEN.REF@domain>."""
    answered = b"In-Reply-To: <ma-abcdefghij234567.zyxwvutsrq765432@m.example>\r\n"
    head = parse_head(b"From: a@b.example\r\nSubject: Re: ok\r\n" + answered)
    assert tokens(head) == ("abcdefghij234567",)


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_a_sentence_that_begins_like_an_attribution_is_not_swallowed_by_the_one_below(between: str) -> None:
    text = "On a relu le code ensemble. Pour la prochaine session : finir l'exercice 3."
    mail = written(f"{text}{between}Le 3 nov. 2026 à 10:12, Claire Martin a écrit :\n{QUOTED}")
    assert new_text(mail) == text
