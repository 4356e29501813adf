"""Several requests in one mail, and the question which of them was meant. Nobody here exists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agent.model import Language
from agent.render import Letters
from agent.requests_digest import Asked, part

REF = "ma-abcdefghij234567"  # as in samples.py
REFS = ("ma-abcdefghij222222", "ma-abcdefghij333333", "ma-abcdefghij444444")
DUE = datetime(2026, 12, 10, 17, 45, tzinfo=UTC)


def requests_samples(language: Language, others: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Values by the name of a picture; `others`: those of the requests that stand in one mail."""
    asked = [_asked(language, name, ref, others) for name, ref in zip(_GATHERED, REFS, strict=True)]
    french = language is Language.FR
    common = {
        "mentor_name": "Claire Martin",
        "zone": ZoneInfo("Europe/Paris"),
        "ref": REF,
        "reply_to": "claire.martin@example.org",
    }
    which = {
        **common,
        "ref": None,
        "original_subject": "Re: 3 demandes" if french else "Re: 3 requests",
        "reason": "Cette réponse renvoie à plusieurs demandes à la fois."
        if french
        else "This answer refers to several requests at once.",
        "advice": "Répondez séparément à chacune." if french else "Answer each of them separately.",
        "quoted": "ok",
    }
    return {
        "requests_digest": {**common, "names": ["Camille Durand", "Léa Moreau"], "asked": asked},
        "requests_digest-nobody": {**common, "names": [], "asked": asked[1:]},
        "which_request": {**which, "asked": [Asked(one.ref, one.subject) for one in asked]},
        "which_request-none": {**which, "asked": [], "quoted": ""},
    }


_GATHERED = ("session_question", "letter_draft", "context_question")


def _asked(language: Language, name: str, ref: str, others: dict[str, dict[str, Any]]) -> Asked:
    values = {**others[name], "ref": ref}
    if "text" in values:
        values["text"] = values["text"].replace("'", "’").replace(" ?", "\u00a0?")
    letter = Letters().render(name, language, **values)
    return part(letter.subject, letter.text, letter.html, ref, DUE if name != "context_question" else None)
