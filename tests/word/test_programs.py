"""What the mentor wrote is told from what they answered to, whatever program they wrote it with."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import ConfigError
from agent.understand import remarks, signature_words
from agent.understand.mail import parse_mail
from agent.understand.reply import Reply, read
from agent.understand.text import unflowed, words
from agent.understand.verdict import Answer, read_draft_answer
from tests.understand.material import WORDS, written
from tests.word.messages import MESSAGES
from tests.word.originals import asked
from tests.word.reading import own_words, understood
from tests.word.sample import Sample

TUNED = [sample for sample in MESSAGES if not sample.held_out]
HELD_OUT = [sample for sample in MESSAGES if sample.held_out]
QUOTED = "> Voici le compte rendu.\n> Répondez ok."
ATTRIBUTION = "Le 3 nov. 2026 à 18:51, Claire Martin <claire@boite.example> a écrit :"


def _name(sample: Sample) -> str:
    return sample.name


def test_the_set_is_large_and_a_third_of_it_is_held_out() -> None:
    assert len(MESSAGES) >= 400
    assert len({sample.name for sample in MESSAGES}) == len(MESSAGES)
    assert 0.3 < len(HELD_OUT) / len(MESSAGES) < 0.37


@pytest.mark.parametrize("sample", TUNED, ids=_name)
def test_the_words_that_were_typed_come_out_exactly(sample: Sample) -> None:
    if sample.text is not None:
        assert own_words(sample).text == sample.text
    assert understood(sample) == sample.meant


@pytest.mark.parametrize("sample", HELD_OUT, ids=_name)
def test_of_messages_never_looked_at_every_typed_word_comes_out_and_nothing_that_was_quoted(sample: Sample) -> None:
    assert understood(sample) == sample.meant
    if sample.text is not None:
        read_words, typed = words(own_words(sample).text), words(sample.text)
        assert read_words[: len(typed)] == typed
        assert len(read_words) - len(typed) <= 5  # a polite word


@pytest.mark.parametrize("sample", [s for s in MESSAGES if s.program and s.program != "mailto"], ids=_name)
def test_the_quoted_draft_comes_out_whole(sample: Sample) -> None:
    draft = asked(sample.typed.language).draft
    for old, new in sample.edits:
        draft = draft.replace(old, new)
    kept = [word for word in words(own_words(sample).quoted) if word.isalnum()]
    wanted = [word for word in words(draft) if word.isalnum()]
    assert any(kept[at : at + len(wanted)] == wanted for at in range(len(kept)))


def test_only_words_between_quoted_lines_are_inline() -> None:
    assert {sample.name for sample in MESSAGES if own_words(sample).inline} == {
        sample.name for sample in MESSAGES if sample.typed.between
    }


@pytest.mark.parametrize(
    "more",
    [
        "Get rid of the mail line",
        "Envoyé depuis Gmail le texte est trop long",
        "Envoyé par mail à Léa hier, inutile de recommencer",
        "Les informations sur son environnement sont confidentielles, à enlever",
        "Ce message est confidentiel : enlève le nom du destinataire",
        "Pensez à corriger la fin",
        "Cordialement,\nClaire\nrappelle Léa avant",
        "-- \nClaire Martin\n\nattends lundi",
        "--\ntrop long",
    ],
)
def test_a_remark_that_looks_like_a_footer_a_disclaimer_or_a_signature_is_not_lost(more: str) -> None:
    assert more.rpartition(" ")[2] in read(written(f"ok\n\n{more}\n\n{ATTRIBUTION}\n{QUOTED}")).text


@pytest.mark.parametrize(
    "remark",
    ["On garde tout mais pas le 2e paragraphe", "Le 3 c'est trop tôt", "On en parle le 4\nLe 2e titre est faux"],
)
def test_a_remark_right_above_a_wrapped_attribution_is_not_swallowed_by_it(remark: str) -> None:
    wrapped = ATTRIBUTION.replace(" <", "\n<")
    assert read(written(f"ok\n{remark}\n{wrapped}\n{QUOTED}")).text == f"ok\n{remark}"


@pytest.mark.parametrize("closing", ["Bien à vous,", "Au plaisir,", "Très belle soirée à vous,", "Talk soon,"])
def test_a_sign_off_that_no_list_knows_goes_with_the_name_below_it(closing: str) -> None:
    assert read(written(f"refaire : plus court\n\n{closing}\nClaire Martin")).text == "refaire : plus court"


@pytest.mark.parametrize(
    "more",
    [
        "À Tom,",
        "Tom aussi,",
        "Tom,",
        "Mais demain,",
        "Sauf la fin,",
        "Pas Tom,",
        "Trop long,",
        "Je relis,",
        "Le 12,",
        "Vraiment sûr ?,",
        "plus tard,",
    ],
)
def test_a_short_line_above_the_name_that_may_say_something_stays(more: str) -> None:
    assert more.rstrip(",") in read(written(f"ok\n\n{more}\nClaire Martin")).text


def test_a_new_text_keeps_the_sign_off_it_ends_with() -> None:
    letter = "modifier :\nBonjour Léa,\n\nà lundi.\n\nCordialement,\n\nClaire Martin"
    assert read(written(letter)).text == letter
    card = "Claire Martin\nMentor\n+33 6 00 00 00 00"
    assert read(written(f"{letter}\n\n-- \n{card}")).text == letter


def test_what_stands_below_our_reference_is_the_person_s_own_though_nothing_is_marked() -> None:
    head = "De : Claire\nEnvoyé : mardi\nÀ : Claire\nObjet : Compte rendu"
    quoted = "Voici le compte rendu.\n\nréf. ma-abcdefgh234567ab"
    assert read(written(f"ok\n\n{head}\n\n{quoted}\n\nmais pas la fin")).text == "ok\nmais pas la fin"
    assert read(written(f"ok\n\n{head}\n\n{quoted}")) == Reply("ok", f"{head}\n\n{quoted}")


def test_flowed_lines_are_joined_and_stuffed_ones_unstuffed() -> None:
    flowed = "Un paragraphe \nsur deux lignes.\n >> pas une citation\n> cité \n> encore\n-- \nClaire"
    assert unflowed(flowed, delete_space=False) == (
        "Un paragraphe sur deux lignes.\n>> pas une citation\n> cité encore\n-- \nClaire"
    )
    assert unflowed("trop \nlong", delete_space=True) == "troplong"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \n" * 100_000,
        b"\r\n\r\n" + b"Le 1 x\n" * 30_000,
        b"\r\n\r\n" + b"Ce message " * 20_000,
        b"\r\n\r\nok\n" + b"-- \n" * 50_000,
        b"\r\n\r\nok\n" + b"--\nClaire\n" * 20_000,
        b"\r\n\r\n" + b"> a\nb\n" * 30_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div class=" * 20_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div " + b"class=id=" * 22_000,
        b"Content-Type: text/html\r\n\r\n" + b"<div class='gmail_signature'>a</div>" * 5_000,
        b"Content-Type: text/html\r\n\r\n" + b"<blockquote type=cite>a</blockquote>b" * 5_000,
    ],
)
def test_a_large_and_hostile_answer_is_read_in_no_time(raw: bytes) -> None:
    start = time.process_time()
    read(parse_mail(raw))
    assert time.process_time() - start < 3


def test_words_typed_between_the_lines_of_our_mail_are_found_and_corrections_of_the_draft_are_none() -> None:
    request = asked()
    new = request.draft.replace("bloque", "progresse")
    changed = request.text.replace("bloque", "progresse")
    assert remarks.added(request.text, request.raw, request.draft, request.draft) == ()
    assert remarks.added(changed, request.raw, request.draft, new) == ()
    assert remarks.added(changed, request.raw, request.draft, request.draft) == ("progresse",)
    assert remarks.added(f"Objet : autre\n{request.text}\nfin", request.raw, request.draft, request.draft) == ()


def test_a_mistake_in_the_lists_of_signatures_is_named() -> None:
    with pytest.raises(ConfigError, match="footer"):
        signature_words.load("[signature]\npolite = []\nasking = []\nspeaking = []\nclosing = []\n[disclaimer]\n")
    with pytest.raises(ConfigError, match="TOML"):
        signature_words.load("polite")


_OWN = st.sampled_from(
    [
        "ok",
        "oui, envoie",
        "Merci,",
        "Cordialement,",
        "Best regards,",
        "Claire",
        "Claire Martin",
        "Claire Martin | Mentor",
        "-- ",
        "--",
        "_____",
        "+33 6 00 00 00 00",
        "www.claire-martin.example",
        "Mentor développement web",
        "Envoyé de mon iPhone",
        "Get Outlook for Android",
        "Ce message est confidentiel et réservé à son destinataire, qui le détruit s'il l'a reçu par erreur.",
        "Le 3, Léa a écrit :",
        "On en a parlé le 2",
        "De : Léa",
        "À : Claire",
        "> cité",
        "",
    ]
)
_SPOILERS = st.sampled_from(
    [
        "mais pas la fin",
        "n'envoie rien",
        "attends lundi",
        "change le titre",
        "trop long",
        "ps : sans la date",
        "enlève la dernière phrase",
        "not yet",
        "hold on",
        "remove the last line",
        "seulement si Léa confirme",
        "Mais demain,",
        "Pas Tom,",
        "Sauf la fin,",
        "Without the end,",
        "ok ?",
    ]
)


@given(st.lists(_OWN, max_size=9), _SPOILERS, st.lists(_OWN, max_size=5), st.booleans())
def test_a_remark_among_signatures_footers_and_quotations_is_never_lost_to_an_approval(
    above: list[str], remark: str, below: list[str], quoted: bool
) -> None:
    lines = [*above, remark, *below, *([ATTRIBUTION, QUOTED] if quoted else [])]
    assert read_draft_answer(read(written("\n".join(lines))).text, WORDS).kind is not Answer.APPROVE
