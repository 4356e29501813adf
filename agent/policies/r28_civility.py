"""R28: courteous, constructive and professional in everything that is written. A check on texts."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import groupby

from agent.model import Clause, Judgement, Snapshot
from agent.policies.settled import miss
from agent.policies.texts import found, own_words

RULE = "R28"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]")


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """It owes nothing by itself."""
    return miss(RULE, "every letter and report is checked when it is shown")


def problems(text: str, clause: Clause) -> list[str]:
    """What a reader may take amiss in a text, as "id:words found": "rude", "shouted" and "exclaimed".

    Quotations are not the writer's own words. Words in capitals are shouted where several follow each other and one of
    them is too long for an acronym.
    """
    own = own_words(text)
    doubts = []
    if rude := found(own, clause.words["rude"], clause.words.get("civil", ())):
        doubts.append(f"rude:{', '.join(rude)}")
    if shouted := _shouted(own, int(clause.numbers["shouted_words"]), clause.numbers["acronym_letters"]):
        doubts.append(f"shouted:{shouted}")
    if marks := re.search(rf"!(?:\s?!){{{int(clause.numbers['exclamations']) - 1},}}", own):
        doubts.append(f"exclaimed:{marks.group()}")
    return doubts


def _shouted(text: str, needed: int, acronym: float) -> str:
    """The first run of words in capitals that is no list of acronyms; empty where there is none."""
    for capitals, run in groupby(_WORD.findall(text), key=str.isupper):
        words = list(run)
        if capitals and len(words) >= needed and any(len(word) > acronym for word in words):
            return " ".join(words)
    return ""
