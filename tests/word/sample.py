"""One message of the set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.word.programs.writing import Original, Typed


@dataclass(frozen=True)
class Sample:
    """`text`: what must be read as the person's own words; None where it does not matter, as long as nothing is done.

    `meant`: approve, drop, redo, replace, later, corrected, question or unclear. `edits`: what was changed inside the
    quotation, old and new. `raw`: makes the bytes where no program's model does.
    """

    name: str
    program: str
    typed: Typed
    text: str | None
    meant: str
    edits: tuple[tuple[str, str], ...] = ()
    held_out: bool = False
    raw: Callable[[Original], bytes] | None = None
