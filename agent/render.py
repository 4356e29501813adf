"""Turns a template and its values into one letter: subject, text part, HTML part.

The values come partly from strangers (a learner's name, a quoted mail): they are data to the end. The HTML is escaped,
one-line values cannot grow lines, and what people wrote is shown letter for letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from markupsafe import Markup, escape

from agent import phrasing
from agent.model import REPLY_MARKER, Language, Situation

DRAFT_IN_LINK = 1500
"""Longest draft, in characters, that the "edit" button carries along: mail programs cut longer links."""

_SEVERAL_LINES = frozenset({"text", "quoted"})
_UNPRINTABLE = "\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"  # C0, C1, and what reverses the reading order
_NOT_IN_BLOCK = re.compile(f"[{_UNPRINTABLE}]")
_NOT_IN_LINE = re.compile(f"[{_UNPRINTABLE}\t\n\u2028\u2029]+")
_DOUBT = re.compile(r"\[(?:à vérifier|to check)\s*:[^\]]*\]", re.IGNORECASE)
_PREFIX = "Subject: "


@dataclass(frozen=True, slots=True)
class Rendered:
    """One letter in words. `subject` is a single line; `text` and `html` say the same."""

    subject: str
    text: str
    html: str


class Letters:
    """The templates of agent/letters, each compiled when it is first needed."""

    def __init__(self, environment: Environment | None = None) -> None:
        self._environment = environment or letters_environment()

    def render(self, template: str, language: Language, **values: Any) -> Rendered:
        """The letter `template` in `language`. With `ref`, its subject ends in "[ref]".

        Raises jinja2.UndefinedError when a value is missing, jinja2.TemplateNotFound when the letter is.
        """
        clean = _cleaned(language, values)
        subject, text = self._worded(template, clean)
        if clean.get("ref"):
            subject = f"{subject} [{clean['ref']}]"
        html = self._environment.get_template(f"{language}/{template}.html").render(clean, subject=subject)
        return Rendered(subject, f"{REPLY_MARKER}\n\n{text}" if clean.get("ref") else text, html)

    def words(self, template: str, language: Language, **values: Any) -> tuple[str, str]:
        """Subject and text alone, for a letter whose HTML part is made once its text is approved (`html_of`)."""
        return self._worded(template, _cleaned(language, values))

    def _worded(self, template: str, clean: dict[str, Any]) -> tuple[str, str]:
        source = self._environment.get_template(f"{clean['language']}/{template}.txt").render(clean)
        first, _, text = source.partition("\n")
        return first.removeprefix(_PREFIX).strip(), text.strip("\n") + "\n"

    def html_of(self, text: str, language: Language) -> str:
        """The HTML part of a text that exists already: an approved letter leaves as it was approved."""
        page = self._environment.get_template("plain.html")
        return page.render(text=_clean("text", text), language=language, subject="")


def letters_environment() -> Environment:
    """Jinja2 as the letters need it: nothing undefined, HTML escaped, our filters."""
    environment = Environment(
        loader=PackageLoader("agent", "letters"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        auto_reload=False,  # else every letter looks whether the files of its templates changed
        cache_size=-1,  # all are kept: there are not many, and a bounded cache is put in order at each look
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_Typography],
    )
    environment.filters |= {
        "when": _local(phrasing.when),
        "moment": _local(phrasing.moment),
        "brief": _local(phrasing.brief),
        "before": _local(phrasing.before),
        "date": _local(phrasing.date_of),
        "day_month": _local(phrasing.day_month),
        "period": _period,
        "last_day": _last_day,
        "listed": _listed,
        "span": _span,
        "clock": _clock,
        "status_name": _status_name,
        "mailbox": _mailbox,
        "typeset": phrasing.typeset,
        "de": phrasing.de,
        "paragraphs": paragraphs,
    }
    environment.globals |= {"MARKER": REPLY_MARKER, "DRAFT_IN_LINK": DRAFT_IN_LINK, "mailto": mailto}
    environment.globals["reference"] = _reference
    return environment


def mailto(address: str, subject: str, body: str) -> str:
    """A mailto URL (RFC 6068): everything percent-encoded, line breaks as %0D%0A."""
    lines = "\r\n".join(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    subject = _NOT_IN_LINE.sub(" ", subject)
    return f"mailto:{quote(address, safe='@')}?subject={_quoted(subject)}&body={_quoted(lines)}"


@lru_cache(maxsize=256)  # a letter's buttons share its subject, and most answer with the same words
def _quoted(text: str) -> str:
    return quote(text, safe="")


@pass_context
def _reference(context: Context, ref: str) -> str:
    """The last line of every mail that asks something, and of every answer that a button writes."""
    return f"{'réf.' if context['language'] is Language.FR else 'ref.'} {ref}"


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: a paragraph at each empty line, a break at each line, doubts marked for the eye."""
    marked = _DOUBT.sub(
        lambda found: f'<mark class="doubt" style="background:#ffe8a3">{found[0]}</mark>', str(escape(text))
    )
    blocks = re.split(r"\n\s*\n", marked.strip("\n"))
    # Every value was escaped in the line above; the only tags are the ones put in here.
    return Markup("\n").join(Markup("<p>" + block.replace("\n", "<br>\n") + "</p>") for block in blocks)  # noqa: S704


def _cleaned(language: Language, values: dict[str, Any]) -> dict[str, Any]:
    return {name: _clean(name, value) for name, value in values.items()} | {"language": language}


def _clean(name: str, value: Any) -> Any:
    """One-line values stay on one line; nothing invisible gets through. Other types pass."""
    if isinstance(value, str) and not isinstance(value, Enum):
        value = str(value)  # a Markup would escape the escaping
        if name in _SEVERAL_LINES:
            return _NOT_IN_BLOCK.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
        return _NOT_IN_LINE.sub(" ", value).strip()
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]
    if isinstance(value, Situation):
        return replace(value, words=_clean("", value.words), project=_clean("", value.project))
    return value


def _mailbox(label: str, address: str) -> str:
    """Who a letter is for: "Name <address>", or the address alone."""
    return address if label == address else f"{label} <{address}>"


def _local(write: Callable[..., str]) -> Callable[[Context, datetime | str], str]:
    """A filter that writes an instant, or an ISO date, in the letter's zone and language."""

    @pass_context
    def written(context: Context, at: datetime | str) -> str:
        if isinstance(at, str):  # an ISO date, as obligations carry it: that day in the reader's zone
            at = datetime.fromisoformat(at).replace(tzinfo=context["zone"])
        return write(at, context["zone"], context["language"])

    return written


@pass_context
def _span(context: Context, start: datetime, end: datetime) -> str:
    return phrasing.span(start, end, context["zone"], context["language"])


@pass_context
def _period(context: Context, since: datetime | None, until: datetime | None) -> str:
    return phrasing.period(since, until, context["zone"], context["language"])


def _last_day(until: datetime) -> datetime:
    """An instant of the last day of a period, whose end is not included."""
    return until - timedelta(microseconds=1)


@pass_context
def _listed(context: Context, items: Iterable[str]) -> str:
    return phrasing.listed(list(items), context["language"])


@pass_context
def _clock(context: Context, zone: Any) -> str:
    return phrasing.clock_of(zone, context["language"])


@pass_context
def _status_name(context: Context, status: str) -> str:
    return phrasing.status_name(status, context["language"])


class _Typography(Extension):
    """Sets the templates' own words by the rules of French typography while they are compiled.

    Only literal text under fr/ and en/ is touched: never a value, never the shared base with its style sheet.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        ours = bool(stream.name and stream.name.startswith(("fr/", "en/")))
        for token in stream:
            set_it = ours and token.type == "data"
            yield Token(token.lineno, token.type, phrasing.typeset(token.value)) if set_it else token
