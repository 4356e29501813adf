"""Why an answer of the mentor's is not acted on, and how they are told."""

from __future__ import annotations

from enum import StrEnum

from agent.model import Language


class Doubt(StrEnum):
    """Why an answer is not acted on."""

    EMPTY = "empty"
    QUESTION = "question"
    CONDITION = "condition"  # an approval or refusal with something added
    CHANGE = "change"  # asks for a change, at a length that may be a new text
    LATER = "later"  # later, but not when
    STATUS = "status"  # which status, is not certain
    SAME = "same"  # a new text that is the old one
    CUT = "cut"  # the quoted draft was cut short
    MUCH = "much"  # more of the quoted draft was changed than corrections are
    WHERE = "where"  # speaks of corrections that are not there
    BOTH = "both"  # corrections in the quoted draft, and something else said
    UNKNOWN = "unknown"


_EXPLAINED = {
    Doubt.EMPTY: ("Votre réponse ne contient pas de texte.", "Your answer contains no text."),
    Doubt.QUESTION: (
        "Votre réponse contient une question ; voici ce que je sais de cette demande.",
        "Your answer contains a question; here is what I know of this request.",
    ),
    Doubt.CONDITION: (
        "Votre réponse contient plus qu’un accord ou un refus. Pour un changement, écrivez « refaire : … ».",
        "Your answer says more than yes or no. For a change, write “redo: …”.",
    ),
    Doubt.CHANGE: (
        "Pour demander un changement, écrivez « refaire : … » ; pour donner votre texte, « modifier : … ».",
        "To ask for a change, write “redo: …”; to give your own text, “edit: …”.",
    ),
    Doubt.LATER: (
        "Je n’ai pas compris quand : écrivez par exemple « demain matin » ou « dans 2 heures ».",
        "I did not understand when: write for instance “tomorrow morning” or “in 2 hours”.",
    ),
    Doubt.STATUS: (
        "Je ne suis pas sûr du statut. Écrivez par exemple « statut : réalisée » ou « statut : absent ».",
        "I am not sure of the status. Write for instance “status: completed” or “status: absent”.",
    ),
    Doubt.SAME: (
        "Le texte que vous donnez est celui que je vous ai montré. S’il vous convient, répondez « ok ».",
        "The text that you give is the one I showed you. If it is right, answer “ok”.",
    ),
    Doubt.CUT: (
        "Le texte cité sous votre réponse est incomplet : je ne sais pas si vous en avez retiré une partie.",
        "The text quoted below your answer is not complete: I do not know whether you took a part out.",
    ),
    Doubt.MUCH: (
        "Le texte cité sous votre réponse est très différent du mien. Pour donner le vôtre, écrivez « modifier : … ».",
        "The text quoted below your answer differs a lot from mine. To give your own, write “edit: …”.",
    ),
    Doubt.WHERE: (
        "Vous parlez de corrections, et je n’en vois pas dans le texte cité sous votre réponse.",
        "You speak of corrections, and I see none in the text quoted below your answer.",
    ),
    Doubt.BOTH: (
        "Vous avez corrigé le texte cité, et votre réponse dit encore autre chose. Donnez l’un ou l’autre.",
        "You corrected the quoted text, and your answer says something else as well. Give one or the other.",
    ),
    Doubt.UNKNOWN: (
        "Je n’ai pas compris votre réponse : « ok », « non », « refaire : … » ou « modifier : … » ?",
        "I did not understand your answer: “ok”, “no”, “redo: …” or “edit: …”?",
    ),
}


def explain(doubt: Doubt, language: Language) -> str:
    """One or two sentences for the mentor."""
    return _EXPLAINED[doubt][0 if language is Language.FR else 1]
