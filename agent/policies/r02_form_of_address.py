"""R02: a learner is addressed formally ("vous") until they agreed to "tu". A check on texts, which owes nothing."""

from __future__ import annotations

from datetime import datetime

from agent.model import Clause, Judgement, Matter, Snapshot
from agent.policies.settled import miss
from agent.policies.texts import found, own_words
from agent.policies.timing import day

RULE = "R02"


def check(snapshot: Snapshot, clause: Clause, now: datetime) -> Judgement:
    """Which form holds for this learner, and since when it was agreed."""
    agreed = snapshot.said(Matter.INFORMAL)
    if not snapshot.learner.informal:
        return miss(RULE, "vous: the learner has not agreed to tu, as far as is known; every letter shown is checked")
    since = f" on {day(agreed[-1].at)}" if agreed else ""
    return miss(RULE, f"tu: agreed{since}; every letter shown is checked")


def problems(text: str, informal: bool, clause: Clause) -> list[str]:
    """What is wrong with the form of address in a French text to a learner, as "id:words found".

    "mixed": tu and vous in one text; "informal": tu though it was not agreed; "formal": vous though tu was. Quotations
    are not the mentor's words; `neither` of the clause lists phrases that address nobody, or several people.
    """
    own = own_words(text)
    neither = clause.words.get("neither", ())
    formal = found(own, clause.words["formal"], neither)
    familiar = found(own, clause.words["informal"], neither)
    if formal and familiar:
        return [f"mixed:{', '.join([*familiar[:2], *formal[:2]])}"]
    if familiar and not informal:
        return [f"informal:{', '.join(familiar)}"]
    if formal and informal:
        return [f"formal:{', '.join(formal)}"]
    return []
