"""Who is meant by "I" and "you" in a transcript: a line of talk, told in the third person, to be compared."""

from __future__ import annotations

import re

from agent.model import Brief
from agent.report import transcript
from agent.report.text import canonical, flat, fold

_I = re.compile(r"(?<![\w'’-])(?:[ji]['’](?=\w)|(?:je|moi|i|me|myself)(?!\w))", re.IGNORECASE)
_YOU = re.compile(r"(?<![\w'’-])(?:t['’](?=\w)|you['’](?=\w)|(?:tu|toi|vous|you|yourself)(?!\w))", re.IGNORECASE)
_MENTOR = "mentor"  # the same word in both languages


class Talk:
    """The turns of one brief's transcript."""

    def __init__(self, brief: Brief) -> None:
        self._first_name = brief.first_name
        self._learner = set(fold(brief.first_name).split())
        self._mentor = {part for part in fold(brief.mentor_name).split() if len(part) > 2}
        turns = transcript.split(brief.notes)[1]
        self._turns = [(turn.speaker, flat(turn.line)) for turn in turns if turn.speaker]

    def told(self, source: str) -> str:
        """A source as somebody else tells it: "Léa: j'ai fini" is "Léa : Léa ai fini". What is no talk stays."""
        evidence = flat(source)
        speaker = next((who for who, line in self._turns if evidence in line), None) if evidence else None
        if speaker is None:
            return source
        names = set(fold(speaker).split())
        if names & self._learner:
            me, you = self._first_name, _MENTOR
        elif names & self._mentor:
            me, you = _MENTOR, self._first_name
        else:
            return source
        said = re.sub(rf"^{re.escape(speaker)}\s?:\s+", "", canonical(source), flags=re.IGNORECASE)
        said = _YOU.sub(lambda _: f"{you} ", _I.sub(lambda _: f"{me} ", said))
        return f"{me} : {' '.join(said.split())}"
