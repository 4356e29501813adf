"""The words and codes by which programs' mail is known, and why letters come back: config/machines.toml, checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ConfigError
from agent.shipped import shipped as path_of
from agent.understand.text import folded

Phrases = tuple[str, ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Subjects(_Part):
    automatic: Phrases
    automatic_alone: Phrases
    failure: Phrases
    delay: Phrases
    challenge: Phrases


class _Senders(_Part):
    daemons: Phrases
    programs: Phrases


class _Prose(_Part):
    failed: Phrases
    delayed: Phrases
    copy_: Phrases = Field(alias="copy")


class _Retry(_Part):
    hours: tuple[float, ...]


class _Cause(_Part):
    name: str
    words: Phrases
    codes: Phrases
    retry: bool = False
    hold: bool = False


class _File(_Part):
    subjects: _Subjects
    senders: _Senders
    prose: _Prose
    retry: _Retry
    cause: tuple[_Cause, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a letter came back. `retry`: it may pass; `hold`: the address is dead. `codes` are prefixes (RFC 3463)."""

    name: str
    words: Phrases
    codes: Phrases
    retry: bool
    hold: bool


@dataclass(frozen=True, slots=True)
class MachineWords:
    """The whole file, every phrase as `text.folded` leaves it. The causes in order, the last one for all else."""

    automatic: Phrases
    automatic_alone: Phrases
    failure: Phrases
    delay: Phrases
    challenge: Phrases
    daemons: Phrases
    programs: Phrases
    failed: Phrases
    delayed: Phrases
    copies: Phrases
    causes: tuple[Cause, ...]
    retries: tuple[timedelta, ...]

    def cause(self, status: str, said: str) -> Cause:
        """Why, from the enhanced status code ("" if none) and from what the server said."""
        flat = folded(said)
        by_words = (cause for cause in self.causes if any(word in flat for word in cause.words))
        by_code = (cause for cause in self.causes if any(_same(status, code) for code in cause.codes))
        return next(by_words, None) or next(by_code, None) or self.causes[-1]


def load(text: str, name: str = "machines.toml") -> MachineWords:
    """Read the file's text. ConfigError with every problem."""
    try:
        data = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{name}: not TOML: {error}"]) from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise ConfigError([f"{name}: {line}" for line in lines]) from None
    return MachineWords(
        automatic=_flat(data.subjects.automatic),
        automatic_alone=_flat(data.subjects.automatic_alone),
        failure=_flat(data.subjects.failure),
        delay=_flat(data.subjects.delay),
        challenge=_flat(data.subjects.challenge),
        daemons=_flat(data.senders.daemons),
        programs=_flat(data.senders.programs),
        failed=_flat(data.prose.failed),
        delayed=_flat(data.prose.delayed),
        copies=_flat(data.prose.copy_),
        causes=tuple(Cause(c.name, _flat(c.words), c.codes, c.retry, c.hold) for c in data.cause),
        retries=tuple(timedelta(hours=hours) for hours in data.retry.hours),
    )


@lru_cache(maxsize=1)
def shipped() -> MachineWords:
    """The words that come with the program."""
    return load(path_of("machines.toml").read_text(encoding="utf-8"))


def _flat(phrases: Phrases) -> Phrases:
    return tuple(folded(phrase) for phrase in phrases)


def _same(status: str, code: str) -> bool:
    return status.startswith(code) if code.endswith(".") else status == code
