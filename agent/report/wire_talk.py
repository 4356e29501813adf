"""Briefs, terms and talks as JSON values, for the short-lived process that a model is called in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agent import errors
from agent.model import Brief
from agent.model.calls import Call, Habits, Talk, Terms
from agent.report import wire

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@lru_cache(maxsize=1)
def _adapters() -> tuple[TypeAdapter[Terms], TypeAdapter[tuple[Call, ...]]]:
    from pydantic import TypeAdapter  # noqa: PLC0415  18 MB that the built-in writer does without

    return TypeAdapter(Terms), TypeAdapter(tuple[Call, ...])


def from_request(brief: Brief, terms: Terms) -> dict[str, Any]:
    """JSON values."""
    return {"brief": wire.from_brief(brief), "terms": _adapters()[0].dump_python(terms, mode="json")}


def to_request(values: Mapping[str, Any]) -> tuple[Brief, Terms]:
    """The brief and the terms again. ValueError if these values are none."""
    return wire.to_brief(values["brief"]), _adapters()[0].validate_python(values["terms"])


def from_talk(talk: Talk) -> dict[str, Any]:
    """JSON values. The error goes by the name of its class in agent.errors."""
    return {
        "report": None if talk.report is None else wire.from_report(talk.report),
        "error": None if talk.error is None else [type(talk.error).__name__, str(talk.error)],
        "calls": _adapters()[1].dump_python(talk.calls, mode="json"),
        "habits": None if talk.habits is None else str(talk.habits),
    }


def to_talk(values: Mapping[str, Any]) -> Talk:
    """The talk again. ValueError if these values are none."""
    report, error, habits = values["report"], values["error"], values["habits"]
    return Talk(
        None if report is None else wire.to_report(report),
        None if error is None else _error(*error),
        _adapters()[1].validate_python(values["calls"]),
        None if habits is None else Habits.parse(habits),
    )


def _error(name: str, message: str) -> errors.AgentError:
    kind = vars(errors).get(name)
    if isinstance(kind, type) and issubclass(kind, errors.AgentError) and kind is not errors.ConfigError:
        return kind(message)
    return errors.TransientError(message)
