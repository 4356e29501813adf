"""Whether a sentence says what its source says, as far as words can tell: nothing added, denied or already done.

Compared clause by clause. All texts are flat (agent.report.text.flat).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.model import Language
from agent.report.check_words import Lexicon
from agent.report.text import URL, canonical, flat
from agent.report.wording import CheckWords

_CLAUSE = re.compile(
    r"(:)(?=\s)|[,;!?()→]+|\.(?=\s|$)|\s-\s|->|(?<!\w)(?:mais|but|however|although|though|tandis que|alors que|while"
    r"|whereas|bien que|cependant|toutefois|en revanche|except|sauf|donc|hence|puis|then|meme si"
    r"|et (?=il |elle |qu|ne |n')|and (?=he |she |they |we |it |does|did|is |has |cannot|can't))(?!\w)"
)
_NE = re.compile(r"(?<!\w)(?:ne |n')")
_AT = re.compile(r"(?<!\w)[àÀ](?!\w)")
_PIECE = re.compile(r"[,;:!?()→]+|\.(?=\s|$)|(?<!\w)(?:et|and|puis|then|ainsi que|as well as|mais|but|ou|or)(?!\w)")


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a sentence: what each of its content words is kin to, and what it says of them."""

    words: tuple[frozenset[str], ...]
    negated: bool
    lacking: bool  # tells of something missing or hard, by a word
    having: bool
    cleared: bool  # a negation right before such a word: "no difficulty"
    soft: bool  # lacking by no more than "still to do"
    flat: bool  # lacking by a word whose opposite would be plainly wrong

    @property
    def short(self) -> bool:
        """Whether it says that something is not there or not well."""
        return self.negated or self.lacking or self.cleared

    def shared(self, other: Clause) -> int:
        """How many of its words the other has too: 2 for the same word, 1 for a kindred one."""
        kin = frozenset().union(*other.words)
        return sum((not word.isdisjoint(kin)) + any(k[0] != "=" for k in word & kin) for word in self.words)


def clauses(flat_text: str, words: CheckWords, lexicon: Lexicon) -> list[Clause]:
    """The parts that may be denied one by one. What has no word of its own goes with the part before."""
    parts = list[str]()
    topic = False
    for part in filter(None, _CLAUSE.split(flat_text)):
        if part == ":":
            topic = bool(parts) and not _clause(parts[-1], words, lexicon).short
        elif parts and (topic or _goes_along(part, words, lexicon)):
            parts[-1] += f" {part}"
            topic = False
        elif part.strip():
            parts.append(part)
    return [_clause(part, words, lexicon) for part in parts]


def _goes_along(part: str, words: CheckWords, lexicon: Lexicon) -> bool:
    content = lexicon.content(part, frozenset())
    return not content or (len(content) == 1 and not _clause(part, words, lexicon).short)


def _clause(part: str, words: CheckWords, lexicon: Lexicon) -> Clause:
    text = words.not_negation.sub(" ", lexicon.harmless.sub(" ", " ".join(part.split())))
    content = tuple(frozenset(lexicon.kin(word)) for word in lexicon.content(text, frozenset()))
    rest = lexicon.cleared.sub(" ", text)
    if rest != text:
        rest = _NE.sub(" ", rest)
    return Clause(
        content,
        words.negation.search(rest) is not None,
        lexicon.lacking.search(rest) is not None,
        lexicon.having.search(rest) is not None,
        rest != text,
        lexicon.lacking.search(lexicon.soft.sub(" ", rest)) is None,
        lexicon.flat.search(rest) is not None,
    )


def denied(said: str, evidence: str, words: CheckWords, lexicon: Lexicon, *, planned: bool) -> bool:
    """Whether the sentence affirms what its source denies, or the other way round.

    `planned`: the source tells of what is still to do, which is why something is lacking.
    """
    source, told = clauses(evidence, words, lexicon), clauses(said, words, lexicon)
    if not source:
        return False
    doubtful = list[list[Clause]]()
    matched = set[int]()
    for clause in told:
        shared = [clause.shared(other) for other in source]
        best = max(shared)
        if not best and len(told) > 1 and not clause.negated:
            continue
        nearest = [other for n, other in zip(shared, source, strict=True) if n == best]
        if any(_agree(clause, other) for other in nearest):
            matched |= {id(other) for other in nearest if clause.short}
        elif not clause.short:
            doubtful += [nearest] if any(o.negated or o.cleared for o in nearest) or not planned else []
        elif not (clause.negated and any(n and other.negated for n, other in zip(shared, source, strict=True))):
            return True
    if any(not any(id(other) in matched for other in nearest) for nearest in doubtful):
        return True
    plain = not any(c.negated or c.lacking or c.cleared for c in told)
    return plain and all(c.negated for c in source)


def _agree(said: Clause, source: Clause) -> bool:
    """Whether two clauses about the same thing take the same side."""
    if said.cleared or source.cleared:
        return _agree_cleared(said, source)
    if said.negated and source.negated:
        return True
    if said.negated:
        return source.lacking
    if source.negated:
        return said.lacking and (source.having or not said.having)
    if source.lacking and not said.lacking:
        return source.having or source.soft or not (source.flat or said.having)
    return source.lacking or not said.lacking or not source.having


def _agree_cleared(said: Clause, source: Clause) -> bool:
    if said.cleared and source.cleared:
        return True
    one, other = (said, source) if said.cleared else (source, said)
    if one.negated or one.lacking:
        return True  # it says both
    return not (other.negated or other.lacking) or (other.having and not other.negated)


def added(said: str, evidence: str, facts: str, words: CheckWords, lexicon: Lexicon, *, foreign: bool) -> Iterator[str]:
    """The content words of each piece of the sentence that has nothing of its source.

    `foreign`: the source is in another language, where kindred words are known for the trade alone.
    """
    known = {k for word in re.findall(r"[^\W\d_]{2,}", f"{URL.sub(' ', evidence)} {facts}") for k in lexicon.kin(word)}
    common = frozenset().union(*words.common.values())
    wanted = int(lexicon.shares["foreign_words" if foreign else "new_words"])
    total = held = 0
    for piece in _PIECE.split(URL.sub(" ", said)):
        content = lexicon.content(piece, common)
        new = [word for word in content if not lexicon.kin(word) & known]
        total, held = total + len(content), held + len(content) - len(new)
        if len(new) >= wanted and len(new) >= len(content) * lexicon.shares["new"]:
            yield " ".join(new)
            return
    if not foreign and total > wanted and held < total * lexicon.shares["found"]:
        yield ""


def planned_told_as_done(said: Deeds, evidence: Deeds, *, announced: bool) -> bool:
    """Whether a plan of the notes became a deed. `announced`: the source stands below a heading such as "Next time"."""
    if said.planned or not said.done:
        return False
    return announced or evidence.labelled or (evidence.planned and not evidence.done)


def done_told_as_planned(said: Deeds, evidence: Deeds, *, announced: bool, task: bool) -> bool:
    """Whether a deed of the notes is told as still to do. `task`: the sentence stands among the goals for next time."""
    if announced or evidence.labelled or evidence.planned or not evidence.done or evidence.short:
        return False
    return (task or said.planned) and not said.done


@dataclass(frozen=True, slots=True)
class Deeds:
    """What a text says of time: plans and deeds, by its words."""

    planned: bool
    labelled: bool  # "Next: ..."
    done: bool
    short: bool  # denied, or not all of it


def read_deeds(text: str, language: Language, words: CheckWords, lexicon: Lexicon, *, report: bool) -> Deeds:
    """What `text` says of time, in a language. In notes, a word such as "ok" is a deed; a report has verbs."""
    said = flat(text)
    accented = flat(_AT.sub("@", canonical(text)))
    done = lexicon.done[language].search(accented) is not None
    due = not report and lexicon.deadlines.search(accented) is not None
    return Deeds(
        planned=lexicon.planned.search(said) is not None or due,
        labelled=lexicon.labels.match(said) is not None,
        done=done or (not report and lexicon.having.search(said) is not None),
        short=words.negation.search(said) is not None or lexicon.lacking.search(said) is not None,
    )
