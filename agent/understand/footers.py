"""What programs and companies write below a person's words: mobile footers, antivirus notes, disclaimers.

A mobile footer consists of known words only; a disclaimer begins like one and speaks of several of its matters. What
does not, or asks for something, is the person's own: one question too many is better than a sentence that vanishes.
"""

from __future__ import annotations

import re
from itertools import pairwise

from agent.understand.signature_words import shipped
from agent.understand.text import folded, words

_LINK = re.compile(r"<?(?:https?://|www\.)\S+>?")
_MAX_FOOTER = 400  # characters
_MAX_DISCLAIMER = 4_000
_SHORTEST = 6  # characters: nothing shorter is one of these, and a flood of short lines costs nothing
_FEWEST_MATTERS = 2
_FEWEST_WORDS = 10
_ENDS = (".", "!", "…", ":")


def is_footer(line: str) -> bool:
    """Whether a line is one that a phone, a program or an antivirus adds to every mail."""
    if len(line) < _SHORTEST:
        return False
    known = shipped()
    flat = _LINK.sub(" ", _bare(line[:_MAX_FOOTER]))
    if not flat.startswith(known.footer_openings):
        return False
    written = {word for word in words(flat) if word.isalnum()}
    return len(line) <= _MAX_FOOTER and written <= known.footer and not written.isdisjoint(known.programs)


def is_disclaimer(lines: list[str]) -> bool:
    """Whether the lines of a paragraph are a company's boilerplate about secrecy, errors or paper, all of them."""
    paragraph = " ".join(lines)
    if len(paragraph) < _SHORTEST:
        return False
    known = shipped()
    flat = _bare(paragraph[:_MAX_DISCLAIMER])
    opened = flat.startswith(known.disclaimer_openings)
    if not (opened or flat.startswith(known.paper)) or len(paragraph) > _MAX_DISCLAIMER:
        return False
    written = words(flat)
    if "?" in written or not known.not_of_a_disclaimer.isdisjoint(written):
        return False
    if any(before.endswith(_ENDS) and not _is_matter(line) for before, line in pairwise(lines)):
        return False  # a sentence of its own below the boilerplate: "mais pas la fin"
    matters = sum(matter in flat for matter in known.matters)
    return not opened or (matters >= _FEWEST_MATTERS and len(written) >= _FEWEST_WORDS)


def _is_matter(line: str) -> bool:
    flat = _bare(line)
    return any(matter in flat for matter in shipped().matters) or flat.startswith(shipped().paper)


def _bare(text: str) -> str:
    return folded(text.replace("*", " ")).removeprefix("p ").lstrip("-_([ ")
