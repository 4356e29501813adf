"""Whether a sentence takes the side that its source takes, as far as words can tell: nothing denied, nothing affirmed.

Compared clause by clause. All texts are flat (agent.report.text.flat).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from agent.report.check_words import TOKEN, Lexicon, shortens
from agent.report.wording import CheckWords

_CLAUSE = re.compile(
    r"(:|\s-)(?=\s)|[,;!?()→]+|\.(?=\s|$)|->|(?<!\w)(?:mais|but|however|although|though|tandis que|alors que|while"
    r"|whereas|bien que|cependant|toutefois|en revanche|donc|hence|puis|then|meme si"
    r"|(?=(?:sauf|hormis|except)(?!\w))"
    r"|et(?= (?:(?:il|elle|ce|cela|ca|qui|que|ne) |n'|c'))"
    r"|and(?= (?:he|she|they|we|it|this|that|there|does|did|is|has|have|wants|needs|cannot|can't) )"
    r"|so(?= (?:he|she|they|we|i|it|the|that's|there) ))(?!\w)"
)
_NE = re.compile(r"(?<!\w)(?:ne |n')")
_CLITIC = re.compile(r"(?<!\w)(?:l'(?:ai|a|as|avait|ont|avons)|(?:la|les?) (?:ai|a|ont|avons))(?!\w)")
_PREFIXED = re.compile(r"(?<!\w)(?!inherit|inter|intro)(un|dis|mis|in|im|des|non-?)(\w{4,})")
_NOT = re.compile(r"(?<!\w)(?:pas|plus|jamais|not|never|\w+n't|cannot)(?!\w)")
_NE_PAS = re.compile(
    r"(?<!\w)(?:ne |n')(?:l'|la |le |les |lui |leur |s'|se |y |en |m'|me |nous )*(\w+) (?:pas|plus|jamais)(?!\w)"
)
_DETERMINERS = frozenset(
    {"de", "d'", "du", "des", "un", "une", "le", "la", "les", "the", "a", "an", "any", "yet", "it"}
)
_NUMERO = re.compile(r"(?<!\w)n(?:o\.? ?|° ?)(?=\d)")
_FEW = 3  # words: "pas encore", "not yet"
_WITHOUT = re.compile(r"(?<!\w)(?:sans|without)(?!\w)")
_ILL = re.compile(
    r"(?<!\w)(?:(?:mal|badly|poorly) (?!a |de |d'|au )|manqu\w* (?:de |d')|lack\w* |lacking |sans |without "
    r"|unable to |failed to |incapables? d|impossible (?:de |d'|to ))"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """Part of a sentence: what each of its content words is kin to, and what it says of them."""

    words: tuple[frozenset[str], ...]
    negated: bool
    lacking: bool  # tells of something missing or hard, by a word
    having: bool
    cleared: bool  # a negation right before such a word: "no difficulty"
    soft: bool  # lacking by no more than "still to do"
    lacks: frozenset[str]  # the words it tells that with
    clears: frozenset[str]  # and those that it clears
    sides: frozenset[int]  # which side it takes, of each pair of opposites that it has a word of
    plain: frozenset[str]  # what its words are kin to that no word such as "forgot to" governs
    tokens: frozenset[str]  # all of its words
    denies: frozenset[str]  # what the word right behind the negation is kin to

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
    for part in filter(None, _CLAUSE.split(_NUMERO.sub(" ", flat_text))):
        if part in {":", " -"}:
            topic = bool(parts) and _is_topic(parts[-1], words, lexicon)
        elif parts and (topic or _CLITIC.search(part) or _goes_along(part, words, lexicon)):
            parts[-1] += f" , {part}"  # no words of a pattern stand on both sides
            topic = False
        elif part.strip():
            # "la lettre, je ne l'ai pas commencée"
            topic = not parts and len(part.split()) <= _FEW + 1 and _names_a_thing(part, words, lexicon)
            parts.append(part)
    return [_clause(part, words, lexicon) for part in parts]


def _names_a_thing(part: str, words: CheckWords, lexicon: Lexicon) -> bool:
    return len(lexicon.content(part, frozenset())) == 1 and not _clause(part, words, lexicon).short


def _is_topic(part: str, words: CheckWords, lexicon: Lexicon) -> bool:
    """Whether what stands before a colon goes with what stands behind: it names a thing, or says all but the thing."""
    return not _clause(part, words, lexicon).short or not lexicon.content(part, frozenset())


def _goes_along(part: str, words: CheckWords, lexicon: Lexicon) -> bool:
    if lexicon.content(part, frozenset()):
        return _names_a_thing(part, words, lexicon)
    return len(part.split()) <= _FEW or words.negation.search(part) is None


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
        frozenset(match[0][:5] for match in lexicon.lacking.finditer(rest)),
        frozenset(
            match[0][:5] for gone in lexicon.cleared.finditer(text) for match in lexicon.lacking.finditer(gone[0])
        ),
        _sides(text, words.negation.search(_WITHOUT.sub(" ", rest)) is not None or rest != text, lexicon),
        _plain(rest, lexicon),
        frozenset(TOKEN.findall(text)),
        _denied_word(rest, lexicon),
    )


def _plain(text: str, lexicon: Lexicon) -> frozenset[str]:
    found = (
        word
        for part in text.split(" , ")
        for governor in [lexicon.governors.search(part)]
        for word in lexicon.content(part[: governor.start()] if governor else part, frozenset())
    )
    return frozenset(kin for word in found for kin in lexicon.kin(word) if kin[0] != "=")


def _denied_word(text: str, lexicon: Lexicon) -> frozenset[str]:
    """What the verb that is negated, or the word right behind the negation, is kin to."""
    if (french := _NE_PAS.search(text)) and french[1] not in lexicon.people.skipped:
        return frozenset(lexicon.kin(french[1]))
    negated = _NOT.search(text)
    behind = (word for word in text[negated.end() :].split() if word not in _DETERMINERS) if negated else iter(())
    word = next((word for word in behind if word not in lexicon.people.skipped), "")
    return frozenset(lexicon.kin(word)) if lexicon.content(word, frozenset()) else frozenset()


def _sides(text: str, negated: bool, lexicon: Lexicon) -> frozenset[int]:
    """The sides of the opposites that a clause takes, where it takes one; a negation turns them round."""
    negated ^= _ILL.search(text) is not None
    tokens = re.findall(r"[^\W\d_]+", text)
    pairs_of = (f"{one} {other}" for one, other in pairwise(tokens))
    found = {side for word in (*tokens, *pairs_of) for side in lexicon.opposite.groups(word)}
    return frozenset(side ^ 1 if negated else side for side in found if side ^ 1 not in found)


def denied(
    said: str, evidence: str, words: CheckWords, lexicon: Lexicon, *, planned: bool, foreign: bool = False
) -> bool:
    """Whether the sentence affirms what its source denies, or the other way round.

    `planned`: the source tells of what is still to do, which is why something is lacking. `foreign`: it is in another
    language, so that what belongs together may share no word.
    """
    said, evidence = _spelled_out(said, evidence), _spelled_out(evidence, said)
    source, told = clauses(evidence, words, lexicon), clauses(said, words, lexicon)
    if not source:
        return False
    doubtful = list[list[Clause]]()
    matched = set[int]()
    for clause in told:
        shared = [clause.shared(other) for other in source]
        best = max(shared)
        if not best and len(told) > 1 and not (clause.negated or clause.cleared):
            continue
        # What is lacking by a word alone may have been told in any clause about the same.
        near = best if not clause.lacking or clause.negated or clause.cleared else min(best, 1)
        nearest = [other for n, other in zip(shared, source, strict=True) if n >= near]
        if any(_agree(clause, other) for other in nearest):
            matched |= {id(other) for other in nearest if clause.short}
        elif not clause.short:
            doubtful += [nearest] if any(o.negated or o.cleared for o in nearest) or not planned else []
        elif not (
            clause.negated
            and any(
                other.negated and (n or foreign or not other.words) for n, other in zip(shared, source, strict=True)
            )
        ):
            return True
    if any(not any(id(other) in matched for other in nearest) for nearest in doubtful):
        return True
    if _other_side(told, source) or any(_denies_what_is_said(clause, source) for clause in told):
        return True
    return not any(c.short for c in told) and any(_passed_over(c, told, source) for c in source)


def _spelled_out(text: str, beside: str) -> str:
    """The text with "disagree" as "not agree" where what it is compared with has "agree"."""
    stems = {word[:4] for word in re.findall(r"[^\W\d_]{4,}", beside)}

    def spelled(match: re.Match[str]) -> str:
        return f"not {match[2]}" if match[2][:4] in stems and match[0][:4] not in stems else match[0]

    return _PREFIXED.sub(spelled, text)


def _other_side(told: list[Clause], source: list[Clause]) -> bool:
    """Whether the sentence takes the side of a pair of opposites that its source only denies."""
    said, stated = (frozenset().union(*(c.sides for c in of)) for of in (told, source))
    return any(side ^ 1 in stated and side not in stated and side ^ 1 not in said for side in said)


def _denies_what_is_said(clause: Clause, source: list[Clause]) -> bool:
    """Whether the word that a clause denies stands in its source, and nowhere with a negation or a lack."""
    own = {kin for kin in clause.denies if kin[0] != "="}
    saying = [other for other in source if own & other.plain]
    return bool(saying) and not any(other.negated or other.cleared or other.soft for other in saying)


def _passed_over(clause: Clause, told: list[Clause], source: list[Clause]) -> bool:
    """Whether a plain sentence takes up what this clause of its source denies: words that only this clause has."""
    if not clause.negated or clause.cleared:
        return False
    elsewhere = {kin for other in source if other is not clause for word in other.words for kin in word}
    own = [word for word in clause.words if not word & elsewhere]
    return len(source) == 1 or any(word & kin for word in own for c in told for kin in c.words)


def _agree(said: Clause, source: Clause) -> bool:
    """Whether two clauses about the same thing take the same side."""
    if any(side ^ 1 in source.sides for side in said.sides):
        return False
    if said.sides & source.sides:
        return True
    if said.cleared or source.cleared:
        return _agree_cleared(said, source)
    if said.negated and source.negated:
        return True
    if said.negated:
        return source.lacking and not (said.lacks & source.lacks or _turns_round(said, source))
    if source.negated:
        return bool(said.lacks - source.lacks) and (source.having or not said.having)
    return _agree_by_words(said, source)


def _agree_by_words(said: Clause, source: Clause) -> bool:
    """The same where neither denies anything, but by its words."""
    if source.lacking and not said.lacking:
        return source.having or source.soft
    if source.lacking or not said.lacking or said.soft:
        return True
    return not source.having and any(_echoes(lack, token) for lack in said.lacks for token in source.tokens)


def _echoes(lack: str, token: str) -> bool:
    """Whether a word of the source is the beginning of such a word: "insuff." for "insuffisant", "pb" for "problem"."""
    return token.startswith(lack[:4]) or (len(token) < len(lack) and shortens(token, lack))


def _turns_round(said: Clause, source: Clause) -> bool:
    """Whether the sentence denies the very word that its source tells of something lacking, or says without a doubt."""
    if source.soft:
        return False
    lacking = {kin for lack in source.lacks for kin in (lack[:5], f"{lack[:4]}-")}
    return bool(said.denies & lacking) or bool(said.denies & source.plain)


def _agree_cleared(said: Clause, source: Clause) -> bool:
    if said.cleared and source.cleared:
        return True
    if (said.clears & source.lacks) or (source.clears & said.lacks):
        return False
    one, other = (said, source) if said.cleared else (source, said)
    if one.negated or one.lacking:
        return True  # it says both
    return not (other.negated or other.lacking) or (other.having and not other.negated)
