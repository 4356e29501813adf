"""What is said about talking to a model: on which terms, with what habits of its server, and what each call took.

None of these holds a word of the notes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from agent.model.reports import Report


class Form(StrEnum):
    """How a server is asked for JSON, the strictest first (`response_format` of Chat Completions)."""

    SCHEMA = "schema"  # json_schema, strict
    OBJECT = "object"  # json_object: "JSON mode"
    TEXT = "text"  # not at all: the JSON is found in the text


@dataclass(frozen=True, slots=True)
class Habits:
    """What one server takes for one model. Each is stricter than what it falls back to."""

    form: Form = Form.SCHEMA
    system: bool = True  # False: its template knows no system role, so both messages go in one
    temperature: bool = True  # False: it takes only its own

    def __str__(self) -> str:
        parts = [self.form.value, *(["one-role"] if not self.system else [])]
        return " ".join([*parts, *(["own-temperature"] if not self.temperature else [])])

    @classmethod
    def parse(cls, text: str) -> Habits:
        """The inverse of str(). ValueError for anything else."""
        form, *rest = text.split()
        return cls(Form(form), "one-role" not in rest, "own-temperature" not in rest)

    def looser(self) -> Habits | None:
        """With JSON asked for less strictly; None where it is not asked for by the API at all."""
        forms = list(Form)
        at = forms.index(self.form) + 1
        return replace(self, form=forms[at]) if at < len(forms) else None


@dataclass(frozen=True, slots=True)
class Terms:
    """Within what a model may work on one report.

    `seconds`: for all its calls. `habits`: what is known of its server; None: nothing. `tokens`: what is left of the
    budget, in and out together; None: no limit. `faults`: what was wrong with its first version, names concealed.
    """

    seconds: float
    habits: Habits | None = None
    tokens: int | None = None
    faults: tuple[str, ...] = ()


class Purpose(StrEnum):
    """What a call was for."""

    CONDENSE = "condense"  # choosing the lines of a long transcript that matter
    WRITE = "write"
    REWRITE = "rewrite"  # once more, with the faults of the first version


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model. Tokens are the server's count, or where `estimated` ours. `fault`: None for an answer."""

    purpose: Purpose
    model: str
    prompt: str  # its version
    tokens_in: int
    tokens_out: int
    estimated: bool
    seconds: float
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """What came of asking a model for a report: the report, or the error; and every call it took."""

    report: Report | None
    error: Exception | None = None  # one of agent.errors
    calls: tuple[Call, ...] = ()
    habits: Habits | None = None  # those that worked; None: nothing was learnt


class Outcome(StrEnum):
    """What became of a model's report."""

    KEPT = "kept"
    REDONE = "redone"  # kept after it was written again
    FELL_BACK = "fell_back"  # the built-in writer's stands in its place
    NOT_ASKED = "not_asked"
