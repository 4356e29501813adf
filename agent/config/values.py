"""Values as the settings file writes them: zones, hours, addresses, rules, URLs; each says in words what is wrong."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from agent.understand.text import ADDRESS
from agent.urls import parse_url

RULES = frozenset(f"R{n:02}" for n in range(1, 30))


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{value!r} is not an IANA time zone; for instance Europe/Paris") from None


def _range(value: Any) -> Any:
    """ "09:00-12:30" -> (time, time)."""
    if not isinstance(value, str):
        return value
    try:
        start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise ValueError(f"{value!r} is not a range of hours such as 09:00-12:30") from None
    if start >= end:
        raise ValueError(f"{value!r} ends before it starts")
    return (start, end)


def mail_address(value: str) -> str:
    """A plain ASCII address, its domain in lower case. ValueError when it is not one."""
    local, _, domain = value.strip().rpartition("@")
    if not ADDRESS.fullmatch(value.strip().lower()):
        raise ValueError(f"{value!r} is not an e-mail address")
    return f"{local}@{domain.lower()}"


def _rule(value: str) -> str:
    if value not in RULES:
        raise ValueError(f"{value!r} is no rule; R01 to R29")
    return value


def url_of(*schemes: str) -> AfterValidator:
    def validate(value: str) -> str:
        parse_url(value, schemes)
        return value

    return AfterValidator(validate)


def _programme(value: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    if any(not name.strip() or not hours > 0 for name, hours in value):
        raise ValueError('every project needs a name and its hours, such as ["Project 1", 20]')
    return value


MailAddress = Annotated[str, AfterValidator(mail_address)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
RuleId = Annotated[str, AfterValidator(_rule)]
Hours = Annotated[tuple[time, time], BeforeValidator(_range)]
Programme = Annotated[tuple[tuple[str, float], ...], AfterValidator(_programme)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]


class Part(BaseModel):
    """A table of the settings file: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
