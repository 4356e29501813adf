"""What counts as private, as data: config/private.toml, ready to match with. Patterns are for folded text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent import shipped as files
from agent.errors import ConfigError
from agent.model import Language
from agent.report.wording import Pattern, any_of


@dataclass(frozen=True, slots=True)
class RelationWords:
    """ "sa mère", "son collègue". `trees`: words of a sentence in which `tree_words` are no family."""

    phrase: Pattern  # the whole of "sa grande sœur"
    alone: Pattern  # "collègue" without a possessive; a name must follow
    not_after: Pattern
    trees: Pattern
    tree_words: Pattern
    titles: Pattern


@dataclass(frozen=True, slots=True)
class NameWords:
    """Given names, folded; those of things need somebody's deed beside them."""

    given: frozenset[str]
    also_things: frozenset[str]
    things: frozenset[str]
    deeds: Pattern
    hands: Pattern


@dataclass(frozen=True, slots=True)
class ContactWords:
    """What contact details, links and secrets look like. `key_starts` is for text as written."""

    street: Pattern
    street_named: Pattern
    weak_street: Pattern
    weak_street_in: Pattern  # "7 chemin des Vignes à Gap"
    street_en: Pattern
    lives: Pattern
    numbered: Pattern
    account: Pattern
    network: Pattern
    decorators: frozenset[str]
    hosts: Pattern
    parameters: frozenset[str]
    secret: Pattern
    key: Pattern
    birth: Pattern


@dataclass(frozen=True, slots=True)
class PrivateWords:
    """Everything of config/private.toml. `messages`: the names of what is removed, by language and kind."""

    life: Pattern
    not_life: Pattern
    relations: RelationWords
    names: NameWords
    contacts: ContactWords
    messages: Mapping[str, Mapping[str, str]]

    def kind(self, language: Language, kind: str) -> str:
        """How a kind of removed words is called."""
        return self.messages[language][kind]


def load(text: str) -> PrivateWords:
    """The words from the text of a private.toml. ConfigError names what is missing or no valid pattern."""
    try:
        data = tomllib.loads(text)
        return PrivateWords(
            life=any_of(data["life"]["words"]),
            not_life=any_of(data["life"]["not_words"]),
            relations=_relations(data["relations"]),
            names=_names(data["names"]),
            contacts=_contacts(data["contacts"]),
            messages=data["messages"],
        )
    except KeyError as error:
        raise ConfigError([f"private.toml: {error.args[0]}: missing"]) from error
    except (re.error, TypeError, AttributeError, ValueError) as error:
        raise ConfigError([f"private.toml: {error}"]) from error


@lru_cache(maxsize=1)
def shipped() -> PrivateWords:
    """The words that come with the program."""
    return load(files.shipped("private.toml").read_text(encoding="utf-8"))


def _or(patterns: Iterable[str]) -> str:
    """These as one group; the longest first, so that "chef de projet" is not cut to "chef"."""
    return "(?:" + "|".join(sorted(patterns, key=len, reverse=True)) + ")"


def _relations(data: Mapping[str, Any]) -> RelationWords:
    words = _or(data["words"])
    return RelationWords(
        phrase=re.compile(
            rf"(?<![\w'-]){_or(data['possessives'])} (?:{_or(data['before'])} ){{0,2}}(?P<word>{words})(?![\w-])"
        ),
        alone=re.compile(rf"(?<![\w'-])(?!{_or(data['possessives'])} )(?P<word>{words}) (?=\S)"),
        not_after=re.compile(rf"[ ,]*{_or(data['not_after'])}"),
        trees=re.compile(rf"(?<!\w){_or(data['trees'])}(?!\w)"),
        tree_words=re.compile(_or(data["tree_words"])),
        titles=re.compile(rf"(?<![\w.'-]){_or(data['titles'])}\.? (?=\S)"),
    )


def _names(data: Mapping[str, Any]) -> NameWords:
    return NameWords(
        given=frozenset(data["given"].split()),
        also_things=frozenset(data["also_things"].split()),
        things=frozenset(data["things"]),
        deeds=re.compile(rf" {_or(data['deeds'])}"),
        hands=re.compile(rf"(?:^|(?<=\W)){_or(data['hands'])} (?:de |d'|a )?$"),
    )


def _contacts(data: Mapping[str, Any]) -> ContactWords:
    number = r"(?<![\w.,/])\d{1,4}(?: ?(?:bis|ter|quater))?,? "
    secrets, networks = _or(data["secrets"]), _or(data["networks"])
    value = r"(?P<value>[^\s,;\"]{3,})"
    day = r"\d{1,2}(?:er|st|nd|rd|th)?[ /.-](?:\d{1,2}|[a-z]{3,9})[ /.-]\d{2,4}"
    day = rf"{day}|[a-z]{{3,9}} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    digits, hosts = r"(?P<value>[a-z]{0,2}\d[\d .-]{3,24}\d)", _or(map(re.escape, data["hosts"]))
    return ContactWords(
        street=re.compile(rf"{number}{_or(data['streets'])}\.? "),
        street_named=re.compile(rf"(?<![\w-]){_or(s for s in data['streets'] if len(s) > 2)} "),
        weak_street=re.compile(rf"{number}{_or(data['weak_streets'])} [^\n]{{1,60}}?(?<!\d)\d{{5}}(?!\d)"),
        weak_street_in=re.compile(
            rf"{number}{_or(data['weak_streets'])} (?:des? |du |de la |de l'|d')?"
            r"(?P<name>[a-z][a-z' -]{1,40}?) a (?P<town>[a-z])"
        ),
        street_en=re.compile(rf"(?<![\w.,/])\d{{1,5}}[a-d]? (?:[a-z']{{2,20}} ){{1,3}}{_or(data['streets_en'])}(?!\w)"),
        lives=re.compile(rf"(?<!\w){_or(data['lives'])}[^\n.;]{{0,80}}"),
        numbered=re.compile(
            rf"(?<!\w){_or(data['numbered'])}[ :=#°]{{0,4}}(?:est |is |le |au |zero [a-z]{{2,6}} )?{digits}"
        ),
        account=re.compile(rf"(?<!\w){networks}(?: (?:[a-z]{{2,12}}))? ?(?:[:=]|est|is) ?{value}"),
        network=re.compile(rf"(?<!\w){networks}(?!\w)"),
        decorators=frozenset(data["decorators"]),
        hosts=re.compile(
            rf"(?<![\w@/-])(?:https?://)?(?:[\w-]{{1,30}}\.){{0,3}}(?P<host>{hosts})(?P<path>/[^\s<>\"]*)"
        ),
        parameters=frozenset(data["parameters"]),
        secret=re.compile(rf"(?<!\w){secrets}(?: [a-z']{{1,20}}){{0,2}} ?(?:[:=]|est|is) ?{value}"),
        key=re.compile(rf"(?<![\w-]){_or(map(re.escape, data['key_starts']))}[\w.-]{{12,}}"),
        birth=re.compile(rf"(?<!\w){_or(data['births'])}[ :]{{0,3}}(?:le |on )?(?:{day})"),
    )
