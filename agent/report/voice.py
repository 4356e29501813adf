"""The mentor's own past reports as examples of style: what a draft took from them besides their style is marked.

Those reports are about other people's sessions. The check against the notes marks most of what leaks from them already;
this one asks for no more than where the words come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.model import Brief, Report, Sentence
from agent.report.check_values import marked_words
from agent.report.facts import FACT, known
from agent.report.text import NUMBER, URL, canonical, flat, fold
from agent.report.wording import Wording, shipped

RUN = 5
"""So many words in a row, as they stand in an example and not in the notes, are copied from it."""
_TOKEN = re.compile(r"[^\W_][\w.+#/-]*[\w+#]|\w")


@dataclass(frozen=True, slots=True)
class _Examples:
    """What the examples hold and this session's notes and facts do not; all folded."""

    facts: frozenset[str]  # names, technologies, numbers, links
    runs: frozenset[tuple[str, ...]]


def marked(report: Report, brief: Brief, wording: Wording | None = None) -> Report:
    """The report with a doubt on each sentence that tells what only an example of style tells."""
    if not brief.voice:
        return report
    wording = wording or shipped()
    found = _read(brief, wording)

    def seen(sentence: Sentence) -> Sentence:
        if (sentence.source or "").startswith(FACT):
            return sentence
        what = next(_leaks(sentence.text, found), None)
        if what is None:
            return sentence
        doubt = wording.say(brief.language, "doubt_voice", what=what)
        return replace(sentence, doubt=f"{sentence.doubt} ; {doubt}" if sentence.doubt else doubt)

    sections = (replace(s, sentences=tuple(map(seen, s.sentences))) for s in report.sections)
    return replace(report, sections=tuple(sections))


def _read(brief: Brief, wording: Wording) -> _Examples:
    own = flat(" ".join((brief.notes, brief.first_name, brief.project or "", *known(brief, wording).values())))
    told = set(_TOKEN.findall(own))
    roots = {word[:5] for word in told}
    common = frozenset().union(*wording.check.common.values())
    facts: set[str] = set()
    runs: set[tuple[str, ...]] = set()
    for example in map(canonical, brief.voice):
        named = (*marked_words(URL.sub(" ", example), wording.check), *NUMBER.findall(example), *URL.findall(example))
        facts |= {fold(word) for word in named}
        words = _TOKEN.findall(flat(example))
        fresh = [len(w) > 3 and w not in common and w[:5] not in roots for w in words]
        runs |= {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1) if sum(fresh[at : at + RUN]) > 1}
    return _Examples(frozenset(facts - told), frozenset(runs))


def _leaks(text: str, examples: _Examples) -> Iterator[str]:
    said = flat(text)
    yield from (url for url in URL.findall(text) if fold(url) in examples.facts)
    words = _TOKEN.findall(said)
    yield from (word for word in words if word in examples.facts)
    for at in range(len(words) - RUN + 1):
        if tuple(words[at : at + RUN]) in examples.runs:
            yield " ".join(words[at : at + RUN])
