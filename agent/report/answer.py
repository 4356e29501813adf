"""What a model may answer, and nothing else: sections of sentences, each with its source."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.model import Brief, Report, Section, Sentence
from agent.report.facts import FACT, head
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


class Answer(BaseModel):
    """The whole answer."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})
    sections: list[AnswerSection]


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
    sections = []
    for words in wording.sections:
        given = [s for section in answer.sections if section.id == words.id for s in section.sentences]
        sentences = tuple(_sentence(s) for s in given if s.text.strip())
        if sentences:
            sections.append(Section(words.title[brief.language], sentences))
    if not sections:
        raise ValueError("an empty report")
    return Report((head(brief, wording), *sections), writer)


def _sentence(given: AnswerSentence) -> Sentence:
    """One line of text. A model sees no facts, so it cannot name one as its source."""
    text, source = " ".join(canonical(given.text).splitlines()).strip(), given.source.strip()
    return Sentence(text, None if source.startswith(FACT) else source or None)
