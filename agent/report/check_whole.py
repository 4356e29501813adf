"""What is doubtful in a report as a whole: a difficulty left out, nothing said, an earlier report told again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from agent.model import Brief, Report, Sentence, SessionStatus
from agent.report.check_sense import clauses
from agent.report.check_words import Lexicon
from agent.report.facts import FACT
from agent.report.notes import fragments
from agent.report.rewrite import addition, rests_on
from agent.report.sentence_words import shipped as shipped_words
from agent.report.text import canonical, flat, guess_language
from agent.report.wording import Wording

_MOST = 5  # difficulties left out that are shown: a transcript tells of many
_SHOWN = 80  # characters of a line of the notes in a concern
_CLAUSE = re.compile(r"(?<=[,;:.!?])\s+|\s(?=(?:mais|but|however)\s)")


def claims(report: Report) -> list[Sentence]:
    """The sentences that rest on the notes: all but those that state facts of our own."""
    return [s for section in report.sections for s in section.sentences if not (s.source or "").startswith(FACT)]


def concerns(report: Report, brief: Brief, wording: Wording, lexicon: Lexicon) -> Iterator[str]:
    """Each of them in the report's language."""
    said = claims(report)
    if brief.status is SessionStatus.COMPLETED:
        if all(is_generic(s.text, lexicon) for s in said):
            yield lexicon.say(brief.language, "empty")
        for line in islice(dropped(said, brief, wording, lexicon), _MOST):
            shown = line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"
            yield lexicon.say(brief.language, "blocker", what=shown)
    more = addition(brief.instruction, shipped_words().rewrite)
    if more and not any(rests_on(s.source, more) for s in said):
        yield lexicon.say(brief.language, "not_told", what=more)
    copied = copied_share(said, brief.earlier, lexicon)
    if copied > lexicon.shares["copy"]:
        yield lexicon.say(brief.language, "copy", share=round(100 * copied))


def is_generic(text: str, lexicon: Lexicon) -> bool:
    """Whether a sentence would fit any session: "Bonne session.", "Keep it up!"."""
    return lexicon.generic.fullmatch(flat(text).strip(" .!?…")) is not None


def dropped(said: Iterable[Sentence], brief: Brief, wording: Wording, lexicon: Lexicon) -> Iterator[str]:
    """The lines of the notes that tell of a difficulty which no sentence of the report tells of."""
    longest = lexicon.shares["longest_sentence"]
    told = [(flat(s.source or ""), flat(s.text)) for s in said if len(s.text) <= longest]
    common = frozenset().union(*wording.check.common.values())
    found = [f for f in fragments(canonical(brief.notes), wording) if f.section != "goals"]
    for shown in (part.strip() for fragment in found for part in fragment.source.split("\n")):
        line = flat(shown)
        trouble = _tells_difficulty(line, lexicon)
        if not trouble and not _falls_short(line, wording, lexicon):
            continue
        resting = [text for source, text in told if source and (source in line or line in source)]
        if not any(not trouble or _takes_up(line, text, brief, wording, lexicon, common) for text in resting):
            yield shown


def _falls_short(line: str, wording: Wording, lexicon: Lexicon) -> bool:
    """Whether a line tells of something that is missing, refused or not so."""
    text = lexicon.blockers_gone.sub(" ", line)
    return any(
        (c.negated or (c.lacking and not c.soft)) and not c.cleared for c in clauses(text, wording.check, lexicon)
    )


def _tells_difficulty(line: str, lexicon: Lexicon) -> bool:
    return lexicon.blockers.search(lexicon.blockers_gone.sub(" ", line)) is not None


def _takes_up(line: str, text: str, brief: Brief, wording: Wording, lexicon: Lexicon, common: frozenset[str]) -> bool:
    """Whether a sentence that rests on this line tells of the line's difficulty, and not only of its other half."""
    read = clauses(text, wording.check, lexicon)
    if any(c.negated or c.lacking for c in read) or _tells_difficulty(text, lexicon):
        return True
    if guess_language(line, dict(wording.check.common)) not in {brief.language, None}:
        return False
    told = {k for word in re.findall(r"[^\W\d_]{3,}", text) for k in lexicon.kin(word)}
    for part in _CLAUSE.split(line):
        if _tells_difficulty(part, lexicon):
            content = [w for w in lexicon.content(part, common) if not lexicon.blockers.search(w)]
            if not any(lexicon.kin(word) & told for word in content):
                return False
    return True


def copied_share(said: Iterable[Sentence], earlier: Iterable[str], lexicon: Lexicon) -> float:
    """The largest share of the report's shingles that one earlier report holds, 0 to 1."""
    size = int(lexicon.shares["shingle"])
    mine = {shingle for s in said for shingle in _shingles(s.text, size)}
    if len(mine) < lexicon.shares["least_shingles"]:
        return 0.0
    return max((len(mine & set(_shingles(text, size))) / len(mine) for text in earlier), default=0.0)


def _shingles(text: str, size: int) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", flat(text))
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))
