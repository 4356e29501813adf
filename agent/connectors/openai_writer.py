"""A model behind the Chat Completions API, as a Writer. It words things; it decides nothing and sees no tool (P6).

It takes only a brief whose names are concealed (agent.report.draft sees to that) and refuses any other, so that no
mistake elsewhere can let a name leave the machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.connectors.openai_http import Conversation, Unsent
from agent.errors import AgentError, TerminalError, TransientError
from agent.model import Brief, Report
from agent.model.calls import Call, Habits, Purpose, Talk, Terms
from agent.report import wire_talk
from agent.report.privacy import is_concealed
from agent.report.wording import Wording, load

ANSWERS = 2
"""Answers asked for when the first is no report."""
_STARTING = 2.0  # seconds kept for the start and the end of the child, so that it can say what its calls took
_ALONE = "\n\nAnswer with the JSON object alone, whole, in the shape shown above."


@dataclass(frozen=True, slots=True)
class Window:
    """What a model can read and write at once, in tokens, and how many characters make one."""

    tokens: int = 4096
    characters_per_token: float = 3.0

    @property
    def characters(self) -> int:
        """Of one request, with room for the answer kept: a quarter, and 1500 tokens at most."""
        return int((self.tokens - min(self.tokens // 4, 1500)) * self.characters_per_token)


class OpenAiWriter:
    """Implements ports.Model in this process. `timeout`: seconds for one report with all its calls.

    The limit holds between reads: a server that drips its headers is stopped by the process it runs in (ChildWriter).
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
        window: Window = Window(),
        words: Wording | None = None,
    ) -> None:
        self.name, self.where = model, base_url
        self._api_key, self._timeout, self._sleep, self._window = api_key, timeout, sleep, window
        self._words = words  # the sections and words of reports; None: the shipped ones
        self._habits = Habits()  # until the server says otherwise

    def write(self, brief: Brief) -> Report:
        """The model's report, unchecked. TransientError, TerminalError or RefusedLoginError when there is none."""
        return _report(self.talk(brief, Terms(self._timeout)))

    def talk(self, brief: Brief, terms: Terms) -> Talk:
        """As ports.Model. What is learnt of the server holds for the next call of this writer too."""
        from agent.report.prompt import VERSION  # noqa: PLC0415  jinja2, which the daemon's own process does without

        _only_concealed(brief)
        talking = self._conversation(VERSION, terms)
        try:
            report = self._written(talking, brief, terms)
        except AgentError as error:
            return Talk(None, error, tuple(talking.calls))
        finally:
            talking.close()
        self._habits = talking.habits
        return Talk(report, None, tuple(talking.calls), talking.habits)

    def requests(self, brief: Brief, terms: Terms) -> tuple[list[dict[str, str]], ...]:
        """As ports.Previewed: the messages that `talk` sends, made by the same steps, and none of them sent."""
        _only_concealed(brief)
        habits = terms.habits or self._habits
        unsent = Unsent(self.where, self.name, "", "", deadline=math.inf, habits=habits, sleep=self._sleep)
        with suppress(TransientError):  # it has no answer
            self._written(unsent, brief, terms)
        return tuple(unsent.asked[: 1 - ANSWERS])  # the last is asked for again when its answer is none

    def check(self) -> list[str]:
        """One word asked of the model."""
        talking = self._conversation("", Terms(self._timeout))
        try:
            talking.ask(Purpose.WRITE, [{"role": "user", "content": "Answer with the word: ok"}], None)
        except ValueError as error:
            raise TransientError(f"{self.name} at {self.where} answers, but with {error}") from error
        finally:
            talking.close()
        return [f"{self.name} answers at {self.where}"]

    def _conversation(self, prompt: str, terms: Terms) -> Conversation:
        return Conversation(
            self.where,
            self.name,
            self._api_key,
            prompt,
            deadline=time.monotonic() + min(terms.seconds, self._timeout),
            habits=terms.habits or self._habits,
            sleep=self._sleep,
            tokens=terms.tokens,
            ratio=self._window.characters_per_token,
        )

    def _written(self, talking: Conversation, brief: Brief, terms: Terms) -> Report:
        from agent.report.answer import read, response_format  # noqa: PLC0415  pydantic, as jinja2 in talk
        from agent.report.prompt import messages  # noqa: PLC0415  as in talk

        asked = messages(self._fitting(talking, brief, terms), self._words, terms.faults)
        purpose = Purpose.REWRITE if terms.faults else Purpose.WRITE
        fault: Exception | None = None
        for _ in range(ANSWERS):
            try:
                return read(talking.ask(purpose, asked, response_format()), brief, self.name, self._words)
            except ValueError as error:
                fault = error
                if str(error) == "not the JSON it was asked for":  # a schema that is accepted, and not held to
                    talking.habits = talking.habits.looser() or talking.habits
                asked = [*asked[:-1], {**asked[-1], "content": asked[-1]["content"].removesuffix(_ALONE) + _ALONE}]
        raise TransientError(f"{self.name} did not answer with a report: {fault}") from fault

    def _fitting(self, talking: Conversation, brief: Brief, terms: Terms) -> Brief:
        """The brief with notes that fit the model's window: whole, or condensed to the lines that matter."""
        from agent.report import condense  # noqa: PLC0415  as in _written
        from agent.report.prompt import messages  # noqa: PLC0415  as in talk

        most = self._window.characters
        needed = sum(len(m["content"]) for m in messages(brief, self._words, terms.faults))
        if needed <= most:
            return brief
        if brief.voice and needed - len(brief.notes) > most // 2:  # the examples go before the notes do
            return self._fitting(talking, replace(brief, voice=()), terms)
        half = talking.left() / 2  # of the time: the other is for writing
        room = max(most - (needed - len(brief.notes)), most // 4)

        def keep(piece: condense.Piece) -> list[int]:
            if talking.left() < half:
                raise TransientError("no time is left for condensing")
            said = talking.ask(Purpose.CONDENSE, condense.messages(piece, brief.language), condense.response_format())
            return condense.read(said)

        return replace(brief, notes=condense.condensed(brief.notes, room, most, keep, self._words))


class ChildWriter:
    """The same Model in a short-lived process: the daemon never loads the library, and a hung server is cut off.

    `timeout`: seconds for one report, the start of the process included. `words`: the mentor's own report.toml.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        api_key: str,
        timeout: float,
        window: Window = Window(),
        words: Path | None = None,
    ) -> None:
        self.name, self.where = model, base_url
        self._arguments: dict[str, Any] = {
            "base_url": base_url,
            "model": model,
            "api_key": api_key,
            "window": [window.tokens, window.characters_per_token],
            "words": str(words) if words else None,
        }
        self._timeout = timeout

    def write(self, brief: Brief) -> Report:
        """As OpenAiWriter.write."""
        return _report(self.talk(brief, Terms(self._timeout)))

    def talk(self, brief: Brief, terms: Terms) -> Talk:
        """As OpenAiWriter.talk."""
        from agent.connectors.child import call  # noqa: PLC0415  the child loads this module too

        _only_concealed(brief)
        seconds = min(terms.seconds, self._timeout)
        inside = replace(terms, seconds=max(seconds - _STARTING, seconds / 2))
        asked = wire_talk.from_request(brief, inside)
        began = time.monotonic()
        try:
            answer = call("openai.write", {**self._arguments, "timeout": inside.seconds, **asked}, seconds)
            return wire_talk.to_talk(answer["talk"])
        except AgentError as error:
            took = time.monotonic() - began
            lost = Call(Purpose.WRITE, self.name, "", 0, 0, estimated=True, seconds=took, fault="stopped")
            return Talk(None, error, (lost,))

    def requests(self, brief: Brief, terms: Terms) -> tuple[list[dict[str, str]], ...]:
        """As OpenAiWriter.requests; here, for it needs no library."""
        return _writer({**self._arguments, "timeout": self._timeout}).requests(brief, terms)

    def check(self) -> list[str]:
        """As OpenAiWriter.check."""
        from agent.connectors.child import call  # noqa: PLC0415  the child loads this module too

        arguments = {**self._arguments, "timeout": self._timeout}
        return [str(finding) for finding in call("openai.check", arguments, self._timeout)["findings"]]


def write_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: base_url, model, api_key, timeout (seconds), window, words, brief, terms in; {"talk": ...} out."""
    brief, terms = wire_talk.to_request(arguments)
    return {"talk": wire_talk.from_talk(_writer(arguments).talk(brief, terms))}


def check_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: base_url, model, api_key and timeout (seconds) in, {"findings": [...]} out."""
    return {"findings": _writer(arguments).check()}


def _writer(arguments: Mapping[str, Any]) -> OpenAiWriter:
    base_url, model, api_key, timeout = (arguments[name] for name in ("base_url", "model", "api_key", "timeout"))
    window, file = Window(*arguments.get("window", ())), arguments.get("words")
    words = load(Path(file).read_text(encoding="utf-8")) if file else None
    return OpenAiWriter(base_url, model, api_key, timeout, window=window, words=words)


def _report(talk: Talk) -> Report:
    if talk.report is not None:
        return talk.report
    raise talk.error or TransientError("no report, and no reason")


def _only_concealed(brief: Brief) -> None:
    if not is_concealed(brief):
        raise TerminalError("a brief with people's names was about to be given to a model; it was not sent")
