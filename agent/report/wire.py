"""Briefs and reports as JSON values, for the short-lived process that a model is called in."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from agent.model import Brief, Report

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@lru_cache(maxsize=1)
def _adapters() -> tuple[TypeAdapter[Brief], TypeAdapter[Report]]:
    from pydantic import TypeAdapter  # noqa: PLC0415  18 MB that the built-in writer does without

    return TypeAdapter(Brief), TypeAdapter(Report)


def from_brief(brief: Brief) -> Any:
    """JSON values."""
    return _adapters()[0].dump_python(brief, mode="json")


def to_brief(values: Any) -> Brief:
    """The brief again. ValueError if these values are none."""
    return _adapters()[0].validate_python(values)


def from_report(report: Report) -> Any:
    """JSON values."""
    return _adapters()[1].dump_python(report, mode="json")


def to_report(values: Any) -> Report:
    """The report again. ValueError if these values are none."""
    return _adapters()[1].validate_python(values)
