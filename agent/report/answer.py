"""What a model may answer, and nothing else: sentences by section, last goals, progress; each with its source."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.model import Brief, Goal, GoalOutcome, Report, Sentence
from agent.report.assembly import Told, assemble
from agent.report.facts import FACT
from agent.report.text import canonical
from agent.report.wording import Wording, shipped

LIMIT = 100_000
"""Characters: a report of a session is never this long, however long the session."""


class AnswerSentence(BaseModel):
    """One sentence and the words of the notes it rests on."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    text: str
    source: str


class AnswerSection(BaseModel):
    """The sentences of one section; `id` is one of config/report.toml."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    id: str
    sentences: list[AnswerSentence]


class AnswerGoal(BaseModel):
    """What became of a goal of last time; `number` is its place in the list that was given, from 1 on."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    number: int
    outcome: Literal["met", "partly", "not"]
    source: str


class AnswerProgress(BaseModel):
    """How far the current project is, in percent, where the notes give a figure."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    percent: int = Field(json_schema_extra={"minimum": 0, "maximum": 100})
    source: str


def _strict(schema: dict[str, Any]) -> None:
    """Servers that hold a model to a schema want every property named as required, and none with a default."""
    schema["additionalProperties"] = False
    schema["required"] = list(schema["properties"])
    for known in schema["properties"].values():
        known.pop("default", None)


class Answer(BaseModel):
    """The whole answer. Goals and progress may be left out."""

    model_config = ConfigDict(json_schema_extra=_strict)
    sections: list[AnswerSection]
    goals: list[AnswerGoal] = []
    progress: AnswerProgress | None = None


@lru_cache(maxsize=1)
def response_format() -> dict[str, Any]:
    """The `response_format` for servers that hold a model to a schema."""
    schema = {"name": "session_report", "strict": True, "schema": Answer.model_json_schema()}
    return {"type": "json_schema", "json_schema": schema}


def read(content: str, brief: Brief, writer: str, wording: Wording | None = None) -> Report:
    """The report in a model's answer, after the facts of the session. Code fences and words around it are ignored.

    ValueError, with the fault in words, for anything that is not such an answer.
    """
    wording = wording or shipped()
    if len(content) > LIMIT:
        raise ValueError(f"{len(content)} characters")
    content = content.rpartition("</think>")[2]
    try:
        answer = Answer.model_validate_json(content[content.find("{") : content.rfind("}") + 1])
    except ValidationError as error:
        raise ValueError("not the JSON it was asked for") from error
    if unknown := {section.id for section in answer.sections} - {words.id for words in wording.sections}:
        raise ValueError(f"{len(unknown)} unknown sections")  # rather than losing what it says there
    sections: dict[str, list[Sentence]] = {}
    for section in answer.sections:
        sections.setdefault(section.id, []).extend(_sentence(s) for s in section.sentences if s.text.strip())
    if not any(sections.values()):
        raise ValueError("an empty report")
    return assemble(Told(sections, _goals(answer, brief), _progress(answer)), brief, wording, writer)


def _goals(answer: Answer, brief: Brief) -> tuple[Goal, ...]:
    """Last time's goals as they were given, each with the first outcome that was answered for it."""
    outcomes = {given.number: given for given in reversed(answer.goals)}
    return tuple(
        Goal(text, GoalOutcome(given.outcome), _source(given.source)) if (given := outcomes.get(number)) else Goal(text)
        for number, text in enumerate(brief.last_goals, start=1)
    )


def _progress(answer: Answer) -> tuple[int, str] | None:
    given = answer.progress
    source = _source(given.source) if given else None
    return (given.percent, source) if given and source and 0 <= given.percent <= 100 else None


def _source(said: str) -> str | None:
    """A model sees no facts, so it cannot name one as its source."""
    said = said.strip()
    return None if said.startswith(FACT) else said or None


def _sentence(given: AnswerSentence) -> Sentence:
    """One line of text."""
    return Sentence(" ".join(canonical(given.text).splitlines()).strip(), _source(given.source))
