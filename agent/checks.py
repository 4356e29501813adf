"""What is doubtful in a text, in the mentor's language: the form of address (R02) and civility (R28).

Doubts are shown beside the text; they stop nothing, for the mentor's word decides.
"""

from __future__ import annotations

from datetime import datetime

from agent.model import Language, Learner
from agent.policies import r02_form_of_address as r02
from agent.policies import r28_civility as r28
from agent.world import World


def doubts(world: World, text: str, learner: Learner | None, now: datetime) -> list[str]:
    """One sentence for each doubt. `learner`: whom the text is written to; None: support, or the platform."""
    law = world.rules.law(now)
    found = []
    if learner is not None and learner.language is Language.FR and r02.RULE in law:
        found += r02.problems(text, learner.informal, law[r02.RULE])
    if r28.RULE in law:
        found += r28.problems(text, law[r28.RULE])
    return [_sentence(world, doubt) for doubt in found]


def _sentence(world: World, doubt: str) -> str:
    name, _, words = doubt.partition(":")
    return world.phrases.say(world.language, f"check.{name}", words=words)
