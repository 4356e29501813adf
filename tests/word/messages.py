"""Answers to one request, written with every program: what was typed, what must be read, and what was meant.

A third is held out: its words and endings stand only there, and the reader is never tuned on them. (_MORE was held out
first: 121 of 139 were read exactly, and the rest showed that cards of one line were missed. It then moved to the tuned
ones, and the held-out words were written anew, before the reader was changed.)
"""

# ruff: noqa: E501 - messages stand on one line

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from tests.word.adversarial import ADVERSARIAL
from tests.word.originals import asked
from tests.word.programs import BOTTOM, INLINE, PROGRAMS, TOP
from tests.word.programs.writing import Typed, wrapped
from tests.word.sample import Sample

__all__ = ["MESSAGES", "raw"]

_APPROVE, _OTHER = "approve", "other"


@dataclass(frozen=True)
class _Words:
    """What is typed, and what it means; `text` where it is not what must be read."""

    typed: str
    meant: str


def _all(meant: str, *typed: str) -> tuple[_Words, ...]:
    return tuple(_Words(words, meant) for words in typed)


_NEW_FR = (
    "modifier :\nSession\n- Session du mardi 3 novembre 2026, de 18 h 00 à 18 h 45, avec Léa, qui a beaucoup travaillé depuis la dernière fois.\n\n"
    "Travail réalisé pendant la session\nNous avons revu les jointures SQL."
)
_NEW_EN = (
    "edit:\nSession\n- Session of Tuesday 3 November 2026, from 18:00 to 18:45, with Léa, who has worked a great deal since the last one.\n\n"
    "Work done during the session\nWe went through SQL joins."
)

_TUNED = {
    ("fr", _APPROVE): _all(
        "approve", "ok", "Ok merci", "OK, envoie", "c'est bon merci", "Parfait, merci beaucoup !", "ça me va", "Oui, tu peux envoyer",
        "Bonjour,\n\nC'est parfait.\n\nMerci", "👍", "d'accord", "ok pour moi",
    ),
    ("fr", _OTHER): (
        *_all("drop", "non", "non surtout pas", "Ne l'envoie pas"),
        *_all("redo", "refaire : plus court", "Refaire : parle des index,\net sans la date"),
        *_all("replace", _NEW_FR),
        *_all("later", "demain matin", "plus tard"),
        *_all("question", "ok ?", "pourquoi maintenant ?"),
        *_all("unclear", "pas ok", "ok si Léa est d'accord", "hmm"),
    ),
    ("en", _APPROVE): _all(
        "approve", "ok", "Looks good, thanks", "Yes please, send it", "approved", "Perfect, thank you!", "LGTM", "Hi,\n\nThat works for me, thanks.", "👍 thanks",
    ),
    ("en", _OTHER): (
        *_all("drop", "no", "don't send it"),
        *_all("redo", "redo: shorter", "Redo: say more about indexes,\nand leave out the date"),
        *_all("replace", _NEW_EN),
        *_all("later", "tomorrow morning", "later"),
        *_all("question", "ok?", "why now?"),
        *_all("unclear", "not ok", "ok if Léa agrees", "hmm"),
    ),
}  # fmt: skip
_MORE = {
    ("fr", _APPROVE): _all(
        "approve", "Oui", "c bon", "Très bien, vous pouvez l'envoyer", "nickel", "C'est validé, merci", "ok ok", "Oui oui, vas-y", "Approuvé",
    ),
    ("fr", _OTHER): (
        *_all("drop", "Non merci", "laisse tomber", "annule"),
        *_all("redo", "refais plus chaleureux"),
        *_all("replace", _NEW_FR.replace("modifier :", "Modifier:").replace("beaucoup travaillé", "bien progressé sur les exercices")),
        *_all("later", "je regarde ce soir"),
        *_all("question", "c'est quoi le projet ?"),
        *_all("unclear", "ok mais pas avant que Léa ait répondu", "bof"),
    ),
    ("en", _APPROVE): _all("approve", "Yes", "sure, go ahead", "Great, thanks!", "all good, send it", "sounds good"),
    ("en", _OTHER): (
        *_all("drop", "No thanks", "drop it"),
        *_all("redo", "rewrite: warmer"),
        *_all("replace", _NEW_EN.replace("a great deal", "very hard on every single exercise")),
        *_all("later", "tonight"),
        *_all("question", "what is this project?"),
        *_all("unclear", "ok unless she writes first", "meh"),
    ),
}  # fmt: skip

_HELD_OUT = {
    ("fr", _APPROVE): _all(
        "approve", "Oui merci !", "Impeccable, tu peux l'envoyer", "Ok c'est parfait", "valide", "Super, merci",
        "Bonsoir,\nc'est ok pour moi.\nMerci", "parfait 👍",
    ),
    ("fr", _OTHER): (
        *_all("drop", "surtout pas", "abandonne"),
        *_all("redo", "refais, plus court et plus simple"),
        *_all("replace", _NEW_FR.replace("modifier :", "Modifier:").replace("beaucoup travaillé", "lu tout le chapitre sur les clés")),
        *_all("later", "demain"),
        *_all("question", "est-ce que Léa l'a lu ?"),
        *_all("unclear", "presque", "je ne sais pas"),
    ),
    ("en", _APPROVE): _all("approve", "Yes, thanks!", "Go ahead", "Looks great", "ok thanks", "That's fine, send it"),
    ("en", _OTHER): (
        *_all("drop", "please don't send it"),
        *_all("redo", "redo: simpler words"),
        *_all("replace", _NEW_EN.replace("a great deal", "hard on every one of the queries")),
        *_all("later", "not now"),
        *_all("question", "has Léa read it?"),
        *_all("unclear", "almost", "not sure"),
    ),
}  # fmt: skip

_SECRET = {
    "fr": (
        "Ce message et ses pièces jointes peuvent contenir des informations confidentielles ou privilégiées et ne doivent donc pas être diffusés, "
        "exploités ou copiés sans autorisation. Si vous avez reçu ce message par erreur, veuillez le signaler à l'expéditeur et le détruire."
    ),
    "en": (
        "This message and its attachments may contain confidential or privileged information that may be protected by law; they should not be "
        "distributed, used or copied without authorisation. If you have received this email in error, please notify the sender and delete it."
    ),
}
_PAPER = {
    "fr": "Pensez à l'environnement : n'imprimez cet e-mail que si c'est nécessaire.",
    "en": "Please consider the environment before printing this email.",
}
_CARD = {
    "fr": "Claire Martin\nMentor développement web\n+33 6 00 00 00 00\nwww.claire-martin.example",
    "en": "Claire Martin\nWeb development mentor\n+33 6 00 00 00 00\nwww.claire-martin.example",
}
_SHORT_CARD = {"fr": "Claire Martin | Mentor indépendante", "en": "Claire Martin | Independent mentor"}
_POLITE = {"fr": "\n\nCordialement,\n\nClaire Martin", "en": "\n\nBest regards,\nClaire"}
_WARM = {"fr": "\n\nBonne journée,\nClaire", "en": "\n\nKind regards,\n\nClaire Martin"}

_Ending = tuple[dict[str, str], dict[str, str], dict[str, str]]
_ENDINGS: tuple[_Ending, ...] = (
    ({}, {}, {}), (_CARD, {}, {}), ({}, _POLITE, {}), (_CARD, {}, _SECRET), ({}, {}, _PAPER), (_CARD, _POLITE, {}),
    (_SHORT_CARD, {}, {}), ({}, _WARM, {}), (_SHORT_CARD, {}, _PAPER),
)  # fmt: skip
_ENDINGS_HELD_OUT: tuple[_Ending, ...] = (
    ({}, {}, {}),
    (
        {
            "fr": "Claire Martin - École Exemple\n12 rue des Lilas, 31000 Toulouse\n06 00 00 00 00",
            "en": "Claire Martin - Example School\n12 Lilac Road, Toulouse\n06 00 00 00 00",
        },
        {},
        {},
    ),
    ({}, {"fr": "\n\nBien à vous,\nClaire Martin", "en": "\n\nThanks,\nClaire"}, {}),
    (
        {},
        {},
        {
            "fr": "Les informations contenues dans ce courriel sont confidentielles et réservées à son destinataire. Toute diffusion est interdite.",
            "en": "CONFIDENTIALITY NOTICE: the contents of this email and any attachments are intended solely for the addressee.",
        },
    ),
    ({}, {"fr": "\n\nÀ bientôt,\nClaire", "en": "\n\nCheers,\nClaire"}, {}),
)
_LINE = {"fr": "jointures", "en": "SQL joins"}


def _sample(
    name: str, program: str, position: str, language: str, words: _Words, ending: _Ending, *, held_out: bool
) -> Sample:
    signature, polite, appended = (one.get(language, "") for one in ending)
    said = words.typed
    signs = said if words.meant == "replace" else said + polite
    where = {TOP: Typed(top=signs), BOTTOM: Typed(bottom=signs), INLINE: Typed(after=_LINE[language], between=said)}[
        position
    ]
    typed = replace(where, signature="" if position == INLINE else signature, disclaimer=appended, language=language)
    read = "\n".join(wrapped(said, 78)) if program == "gmail-web-plain" else said  # it breaks lines for good
    return Sample(name, program, typed, read, words.meant, held_out=held_out)


def _made() -> tuple[Sample, ...]:
    """Every program, language and position, each with three pairs of words; every third one is held out."""
    made: list[Sample] = []
    number = count()
    for program, (_, positions) in PROGRAMS.items():
        for position in positions:
            for language in ("fr", "en"):
                for kind in (_APPROVE, _OTHER, _APPROVE if position == TOP else _OTHER):
                    n = next(number)
                    held_out = n % 3 == 2
                    words = _HELD_OUT[language, kind] if held_out else _TUNED[language, kind] + _MORE[language, kind]
                    endings = _ENDINGS_HELD_OUT if held_out else _ENDINGS
                    name = f"{program}-{position}-{language}-{n}"
                    made.append(
                        _sample(
                            name,
                            program,
                            position,
                            language,
                            words[n // 3 % len(words)],
                            endings[n // 2 % len(endings)],
                            held_out=held_out,
                        )
                    )
    return tuple(made)


MESSAGES: tuple[Sample, ...] = (*_made(), *ADVERSARIAL)


def raw(sample: Sample) -> bytes:
    """The message as bytes."""
    original = asked(sample.typed.language).original
    for old, new in sample.edits:
        assert old in original.text, old
        assert old in original.html, old
        original = replace(original, text=original.text.replace(old, new), html=original.html.replace(old, new))
    if sample.raw is not None:
        return sample.raw(original)
    return PROGRAMS[sample.program][0](original, sample.typed)
