"""One conversation with a Chat Completions server: its habits found out, its faults waited for, every call counted.

The only layer of retry (tenacity; the library's own is off), and one deadline for all of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.errors import AgentError, BudgetError, RefusedLoginError, TerminalError, TransientError
from agent.model.calls import Call, Form, Habits, Purpose

if TYPE_CHECKING:
    from openai import OpenAI
    from tenacity import RetryCallState

Messages = list[dict[str, str]]

ATTEMPTS = 3
"""Calls for one answer when the server is busy or away, all within the deadline."""
LIMIT = 200_000
"""Bytes of a response, at most: a report and its envelope are far smaller."""
STEPS = 5
"""How often one request is put differently because its server does not take it as it is."""
_NO_CREDIT = "insufficient_quota"
_KEYLESS = "none"  # the library insists on a key; local servers ignore it
_REJECTED = frozenset({400, 422, 500, 501})  # 500: llama.cpp, where a chat template knows no system role
_TOO_LONG = ("context length", "context size", "context window", "context_length", "maximum context", "too long")
_ROLES = ("system role", "role 'system'", 'role "system"', "system message", "roles must alternate", "supported role")


@dataclass(slots=True)
class Conversation:
    """What one report is asked for with. `deadline` is of time.monotonic; `tokens`: what may be used in all, None: any.

    `ratio`: characters of a token, for what the server does not count.
    """

    base_url: str
    model: str
    api_key: str
    prompt: str
    deadline: float
    habits: Habits
    sleep: Callable[[float], None]
    tokens: int | None = None
    ratio: float = 3.0
    calls: list[Call] = field(default_factory=list)
    _client: OpenAI | None = None

    def ask(self, purpose: Purpose, messages: Messages, schema: dict[str, Any] | None) -> str:
        """The model's words. ValueError when they are missing or cut short; an AgentError when there is no answer.

        `schema`: a `response_format` of type json_schema for servers that hold a model to one; None: free text.
        """
        import openai  # noqa: PLC0415  49 MB and 0.4 s that only the process of a call pays for

        for _ in range(STEPS):
            try:
                return self._retried(purpose, messages, schema)
            except openai.APIStatusError as error:
                looser = self._looser(error, schema is not None)
                if looser is None:
                    raise self._translated(error) from error
                self.habits = looser
            except openai.OpenAIError as error:
                raise self._translated(error) from error
        raise TerminalError(f"{self._where} does not accept the request")

    def left(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(self.deadline - time.monotonic(), 0.0)

    def close(self) -> None:
        """Give the connection back."""
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def _where(self) -> str:
        return f"{self.model} at {self.base_url}"

    def _looser(self, error: Any, structured: bool) -> Habits | None:
        """How to put a request that was rejected; None: the fault is another."""
        if error.status_code not in _REJECTED or error.code == _NO_CREDIT:
            return None
        said = str(error.body if error.body is not None else error.message).lower()
        if _says(said, _TOO_LONG):
            return None
        if self.habits.system and _says(said, _ROLES):
            return replace(self.habits, system=False)
        if error.status_code >= 500:
            return None
        if self.habits.temperature and "temperature" in said:
            return replace(self.habits, temperature=False)
        if structured and (looser := self.habits.looser()):
            return looser
        if self.habits.temperature:
            return replace(self.habits, temperature=False)
        return None

    def _retried(self, purpose: Purpose, messages: Messages, schema: dict[str, Any] | None) -> str:
        import openai  # noqa: PLC0415  as in ask
        import tenacity  # noqa: PLC0415  as in ask

        def may_pass(error: BaseException) -> bool:
            passing = isinstance(error, openai.APIConnectionError | openai.InternalServerError | openai.RateLimitError)
            passing = passing or getattr(error, "status_code", None) == 408
            if not passing or isinstance(error, openai.APITimeoutError) or getattr(error, "code", None) == _NO_CREDIT:
                return False  # the time-out is the deadline: nothing is left after it
            return not isinstance(error, openai.APIStatusError) or self._looser(error, schema is not None) is None

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= ATTEMPTS or time.monotonic() + state.upcoming_sleep >= self.deadline

        policy = tenacity.Retrying(
            retry=tenacity.retry_if_exception(may_pass),
            stop=is_over,
            wait=_pause,
            sleep=self.sleep,
            reraise=True,
        )
        return policy(self._counted, purpose, messages, schema)

    def _counted(self, purpose: Purpose, messages: Messages, schema: dict[str, Any] | None) -> str:
        """One call, written down whatever comes of it."""
        import openai  # noqa: PLC0415  as in ask

        asked = ceil(sum(len(message["content"]) for message in messages) / self.ratio)
        self._afford(asked)
        began, fault, body = time.monotonic(), None, b""
        try:
            body = self._sent(messages, schema)
            return _words(body)
        except openai.APIStatusError as error:
            fault, asked = f"status {error.status_code}", 0
            raise
        except openai.APITimeoutError:
            fault = "too slow"
            raise
        except openai.OpenAIError:
            fault, asked = "not reached", 0
            raise
        except ValueError as error:
            fault = str(error)
            raise
        except TransientError:
            fault = "too slow"
            raise
        finally:
            used = _usage(body)
            count = used or (asked, ceil(len(body) / self.ratio / 2))
            took = time.monotonic() - began
            self.calls.append(Call(purpose, self.model, self.prompt, *count, used is None, took, fault))

    def _afford(self, asked: int) -> None:
        used = sum(call.tokens_in + call.tokens_out for call in self.calls)
        if self.tokens is not None and used + asked > self.tokens:
            raise BudgetError(f"the month's budget leaves {self.tokens} tokens, which is too few for this report")

    def _sent(self, messages: Messages, schema: dict[str, Any] | None) -> bytes:
        """The whole response. TransientError once the deadline has passed, however slowly it drips in."""
        left = self.left()
        if left <= 0:
            raise TransientError(f"{self._where} is too slow")
        extra: dict[str, Any] = {"temperature": 0} if self.habits.temperature else {}
        if schema is not None and self.habits.form is not Form.TEXT:
            extra["response_format"] = schema if self.habits.form is Form.SCHEMA else {"type": "json_object"}
        said = messages if self.habits.system else _in_one(messages)
        chat: Any = self._connected().with_options(timeout=left).chat.completions  # plain dicts go in
        body = bytearray()
        with chat.with_streaming_response.create(model=self.model, messages=said, **extra) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LIMIT:
                    raise ValueError(f"more than {LIMIT} bytes")
                if time.monotonic() > self.deadline:
                    raise TransientError(f"{self._where} is too slow")
        return bytes(body)

    def _connected(self) -> OpenAI:
        from openai import DefaultHttpxClient, OpenAI  # noqa: PLC0415  as in ask

        if self._client is None:
            # A redirection would take the notes to where nobody allowed; so would a proxy, from a local server's URL.
            http = DefaultHttpxClient(follow_redirects=False, trust_env=not _is_loopback(self.base_url))
            self._client = OpenAI(
                base_url=self.base_url, api_key=self.api_key or _KEYLESS, max_retries=0, http_client=http
            )
        return self._client

    def _translated(self, error: Exception) -> AgentError:
        import openai  # noqa: PLC0415  as in ask

        where, status = self._where, getattr(error, "status_code", None)
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return RefusedLoginError(f"{where} refused the key")
        if getattr(error, "code", None) == _NO_CREDIT or status == 402:
            return TerminalError(f"{where} says the account has no credit left")
        if isinstance(error, openai.RateLimitError):
            return TransientError(f"{where} has too many requests")
        if isinstance(error, openai.InternalServerError) or status == 408:
            return TransientError(f"{where} failed with status {status}")
        if isinstance(error, openai.APIStatusError):
            if _says(str(error.body).lower(), _TOO_LONG):
                return TerminalError(f"{where} says the request is too long: lower writer.context_tokens")
            return TerminalError(f"{where} does not accept the request (status {status})")
        if isinstance(error, openai.APIConnectionError):
            return TransientError(f"{where} cannot be reached or is too slow")
        return TransientError(f"{where}: {type(error).__name__}")


@dataclass(slots=True)
class Unsent(Conversation):
    """A conversation in which nothing is sent: what would have been is kept, word for word, and there is no answer."""

    asked: list[Messages] = field(default_factory=list)

    def ask(self, purpose: Purpose, messages: Messages, schema: dict[str, Any] | None) -> str:
        """ValueError, always."""
        self.asked.append(messages if self.habits.system else _in_one(messages))
        raise ValueError("nothing was sent")


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in text for phrase in phrases)


def _in_one(messages: Messages) -> Messages:
    """For templates without a system role: everything in one message of the user."""
    return [{"role": "user", "content": "\n\n".join(message["content"] for message in messages)}]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the server asks for (RFC 9110, 10.2.3), else 0.5, 1, 2..."""
    error = state.outcome.exception() if state.outcome else None
    headers = getattr(getattr(error, "response", None), "headers", {})
    asked = headers.get("retry-after", "").strip()
    if asked.isdigit() and len(asked) < 10:
        return float(asked)
    try:
        until, said = (parsedate_to_datetime(date) for date in (asked, headers.get("date", "")))  # both by its clock
        return max((until.replace(tzinfo=UTC) - said.replace(tzinfo=UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.5 * 2.0 ** (state.attempt_number - 1)


def _words(body: bytes) -> str:
    """The text of a chat completion, without its thoughts. ValueError when there is none, or it was cut short."""
    try:
        choice = json.loads(body)["choices"][0]
        message = choice["message"]
        content = message["content"] if message.get("refusal") is None else None
        if isinstance(content, list):  # parts, as some servers answer
            content = "".join(part["text"] for part in content if part.get("type") == "text")
    except (TypeError, LookupError, ValueError, AttributeError, RecursionError) as error:
        raise ValueError("no chat completion") from error
    if choice.get("finish_reason") == "length":
        raise ValueError("cut short")
    if not isinstance(content, str) or not content.strip():
        raise ValueError("no text")
    _thoughts, ended, rest = content.rpartition("</think>")
    if not ended and "<think>" in rest:
        raise ValueError("cut short in its thoughts")
    if not rest.strip():
        raise ValueError("thoughts and no text")
    return rest


def _usage(body: bytes) -> tuple[int, int] | None:
    """The server's own count of tokens, in and out; None where it gives none that can be."""
    try:
        usage = json.loads(body)["usage"]
        counts = usage["prompt_tokens"], usage["completion_tokens"]
    except (TypeError, LookupError, ValueError, RecursionError):
        return None
    if not all(type(count) is int and 0 <= count < 10**8 for count in counts) or not any(counts):
        return None
    return counts
