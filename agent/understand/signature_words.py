"""The words by which signatures, footers and disclaimers are known: config/signatures.toml, checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ConfigError
from agent.shipped import shipped as path_of
from agent.understand.text import folded, words

Phrases = tuple[str, ...]
Words = frozenset[str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Signature(_Part):
    polite: Phrases
    asking: Phrases
    speaking: Phrases
    closing: Phrases


class _Footer(_Part):
    openings: Phrases
    programs: Phrases
    words: Phrases


class _Disclaimer(_Part):
    openings: Phrases
    matters: Phrases
    paper: Phrases
    asking: Phrases


class _File(_Part):
    signature: _Signature
    footer: _Footer
    disclaimer: _Disclaimer


@dataclass(frozen=True, slots=True)
class SignatureWords:
    """Single words as `text.words` gives them; openings and matters as `text.folded` leaves them."""

    polite: Words
    asking: Words  # still asks for something, wherever it stands
    sentence: Words  # `asking`, and what makes a sentence
    closing: Words  # of those the ones that a sign-off may have
    footer_openings: Phrases
    programs: Words
    footer: Words
    disclaimer_openings: Phrases
    matters: Phrases
    paper: Phrases
    not_of_a_disclaimer: Words


def load(text: str, name: str = "signatures.toml") -> SignatureWords:
    """Read the file's text. ConfigError with every problem."""
    try:
        data = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{name}: not TOML: {error}"]) from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False)]
        raise ConfigError([f"{name}: {line}" for line in lines]) from None
    signature, footer, disclaimer = data.signature, data.footer, data.disclaimer
    return SignatureWords(
        polite=_words(signature.polite),
        asking=_words(signature.asking),
        sentence=_words(signature.asking + signature.speaking),
        closing=_words(signature.closing),
        footer_openings=_folded(footer.openings),
        programs=_words(footer.programs),
        footer=_words(footer.words + footer.programs),
        disclaimer_openings=_folded(disclaimer.openings),
        matters=_folded(disclaimer.matters),
        paper=_folded(disclaimer.paper),
        not_of_a_disclaimer=_words(disclaimer.asking),
    )


@lru_cache(maxsize=1)
def shipped() -> SignatureWords:
    """The words that come with the program."""
    return load(path_of("signatures.toml").read_text(encoding="utf-8"))


def _words(phrases: Phrases) -> Words:
    return frozenset(word for phrase in phrases for word in words(phrase) if word.isalnum())


def _folded(phrases: Phrases) -> Phrases:
    return tuple(folded(phrase) for phrase in phrases)
