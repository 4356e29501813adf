"""A model behind the Chat Completions API, as a Writer. It words things; it decides nothing and sees no tool (P6).

It takes only a brief whose names are concealed (agent.report.draft sees to that) and refuses any other, so that no
mistake elsewhere can let a name leave the machine.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from agent.errors import AgentError, RefusedLoginError, TerminalError, TransientError
from agent.model import Brief, Report
from agent.report import wire
from agent.report.privacy import is_concealed

if TYPE_CHECKING:
    from openai import OpenAI
    from tenacity import RetryCallState

ATTEMPTS = 3
"""Calls for one report when the server is busy or away, all within the writer's `timeout`."""
ANSWERS = 2
"""Answers asked for when the first is no report."""
LIMIT = 200_000
"""Characters of a response, at most: that of the report, and its envelope."""
_NO_CREDIT = "insufficient_quota"
_KEYLESS = "none"  # the library insists on a key; local servers ignore it


class OpenAiWriter:
    """Implements ports.Writer in this process. `timeout`: seconds for one report with all its attempts.

    The limit holds between reads: a server that trickles is stopped by the process it runs in (ChildWriter).
    """

    def __init__(
        self, base_url: str, model: str, api_key: str, timeout: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = model
        self._base_url, self._api_key, self._timeout, self._sleep = base_url, api_key, timeout, sleep
        self._holds_schema = True  # until the server says otherwise

    def write(self, brief: Brief) -> Report:
        """The model's report, unchecked. TransientError, TerminalError or RefusedLoginError when there is none."""
        from agent.report.answer import read  # noqa: PLC0415  pydantic, which the daemon's own process has no use for here
        from agent.report.prompt import messages  # noqa: PLC0415  jinja2, likewise

        _only_concealed(brief)
        asked, deadline = messages(brief), time.monotonic() + self._timeout
        fault: Exception | None = None
        with self._client() as client:
            for _ in range(ANSWERS):
                try:
                    return read(self._ask(client, asked, deadline), brief, self.name)
                except ValueError as error:
                    fault = error
        raise TransientError(f"{self.name} did not answer with a report: {fault}") from fault

    def check(self) -> list[str]:
        """One word asked of the model."""
        with self._client() as client:
            deadline = time.monotonic() + self._timeout
            self._ask(client, [{"role": "user", "content": "Answer with the word: ok"}], deadline, schema=False)
        return [f"{self.name} answers at {self._base_url}"]

    def _client(self) -> OpenAI:
        from openai import OpenAI  # noqa: PLC0415  49 MB and 0.4 s that only the process of a call pays for

        return OpenAI(base_url=self._base_url, api_key=self._api_key or _KEYLESS, max_retries=0)

    def _ask(self, client: OpenAI, asked: list[dict[str, str]], deadline: float, *, schema: bool = True) -> str:
        """The model's words. ValueError when they are missing or cut short; an AgentError when there is no answer."""
        import openai  # noqa: PLC0415  as in _client
        import tenacity  # noqa: PLC0415  as in _client

        def may_pass(error: BaseException) -> bool:
            passing = isinstance(error, openai.APIConnectionError | openai.InternalServerError | openai.RateLimitError)
            return passing and getattr(error, "code", None) != _NO_CREDIT

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= ATTEMPTS or time.monotonic() + state.upcoming_sleep >= deadline

        policy = tenacity.Retrying(
            retry=tenacity.retry_if_exception(may_pass),
            stop=is_over,
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return policy(self._call, client, asked, deadline, schema)
        except openai.OpenAIError as error:
            raise self._translated(error) from error

    def _call(self, client: OpenAI, asked: list[dict[str, str]], deadline: float, schema: bool) -> str:
        import openai  # noqa: PLC0415  as in _client

        from agent.report.answer import response_format  # noqa: PLC0415  as in write

        strict = schema and self._holds_schema
        extra = {"response_format": response_format(), "temperature": 0} if strict else {}
        left = max(deadline - time.monotonic(), 0.1)
        create: Any = client.with_options(timeout=left).chat.completions.with_raw_response.create  # plain dicts go in
        try:
            return _content(create(model=self.name, messages=asked, **extra).text)
        except (openai.BadRequestError, openai.UnprocessableEntityError):
            if not strict:
                raise
            self._holds_schema = False
            return self._call(client, asked, deadline, schema)

    def _translated(self, error: Exception) -> AgentError:
        import openai  # noqa: PLC0415  as in _client

        where = f"{self.name} at {self._base_url}"
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return RefusedLoginError(f"{where} refused the key")
        if getattr(error, "code", None) == _NO_CREDIT:
            return TerminalError(f"{where} says the account has no credit left")
        if isinstance(error, openai.RateLimitError):
            return TransientError(f"{where} has too many requests")
        if isinstance(error, openai.InternalServerError):
            return TransientError(f"{where} failed with status {error.status_code}")
        if isinstance(error, openai.APIStatusError):
            return TerminalError(f"{where} does not accept the request (status {error.status_code})")
        if isinstance(error, openai.APIConnectionError):
            return TransientError(f"{where} cannot be reached or is too slow")
        return TransientError(f"{where}: {type(error).__name__}")


class ChildWriter:
    """The same Writer in a short-lived process: the daemon never loads the library, and a hung server is cut off.

    `timeout`: seconds for one report, the start of the process included.
    """

    def __init__(self, base_url: str, model: str, api_key: str, timeout: float) -> None:
        self.name = model
        self._arguments = {"base_url": base_url, "model": model, "api_key": api_key, "timeout": timeout}
        self._timeout = timeout

    def write(self, brief: Brief) -> Report:
        """As OpenAiWriter.write."""
        from agent.connectors.child import call  # noqa: PLC0415  the child loads this module too

        _only_concealed(brief)
        answer = call("openai.write", {**self._arguments, "brief": wire.from_brief(brief)}, self._timeout)
        return wire.to_report(answer["report"])

    def check(self) -> list[str]:
        """As OpenAiWriter.check."""
        from agent.connectors.child import call  # noqa: PLC0415  the child loads this module too

        return [str(finding) for finding in call("openai.check", self._arguments, self._timeout)["findings"]]


def write_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: base_url, model, api_key, timeout (seconds) and brief in, {"report": ...} out; JSON values both."""
    return {"report": wire.from_report(_writer(arguments).write(wire.to_brief(arguments["brief"])))}


def check_request(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """In the child: base_url, model, api_key and timeout (seconds) in, {"findings": [...]} out."""
    return {"findings": _writer(arguments).check()}


def _writer(arguments: Mapping[str, Any]) -> OpenAiWriter:
    return OpenAiWriter(*(arguments[name] for name in ("base_url", "model", "api_key", "timeout")))


def _only_concealed(brief: Brief) -> None:
    if not is_concealed(brief):
        raise TerminalError("a brief with people's names was about to be given to a model; it was not sent")


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the server asks for (RFC 9110, 10.2.3, in seconds), else 0.5, 1, 2..."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(getattr(error, "response", None), "headers", {}).get("retry-after", "")
    return float(asked) if asked.isdigit() else 0.5 * 2.0 ** (state.attempt_number - 1)


def _content(body: str) -> str:
    """The text of a chat completion. ValueError when there is none, or it was cut short."""
    if len(body) > LIMIT:
        raise ValueError(f"{len(body)} characters")
    try:
        choice = json.loads(body)["choices"][0]
        content = choice["message"]["content"]
    except (TypeError, LookupError) as error:
        raise ValueError("no chat completion") from error
    if choice.get("finish_reason") == "length":
        raise ValueError("cut short")
    if not isinstance(content, str) or not content.strip():
        raise ValueError("no text")
    return content
