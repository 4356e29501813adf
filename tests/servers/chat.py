"""A local server that speaks the Chat Completions API, well or badly, as a test asks of it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What goes back over the wire. `body` is sent as it is; `delay` seconds are let pass before it."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


Behaviour = Callable[[Request], Reply]


def notes_of(request: Request) -> str:
    """The notes block of a request, as a model would read it."""
    found = re.search(r"^<<<NOTES\n(.*)\nNOTES>>>$", request["messages"][-1]["content"], re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def completion(content: str | None, finish_reason: str = "stop") -> Reply:
    """A whole chat completion with this text."""
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "test", "choices": [choice]}
    return Reply(json.dumps({**answer, "usage": usage}))


def failure(status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An error in the API's own shape."""
    return Reply(json.dumps({"error": {"message": message, "type": "error", "code": code}}), status, headers or {})


def report_of(*sentences: tuple[str, str], section: str = "worked_on") -> str:
    """The JSON a model is asked for: (text, source) pairs in one section."""
    said = [{"text": text, "source": source} for text, source in sentences]
    return json.dumps({"sections": [{"id": section, "sentences": said}]}, ensure_ascii=False)


def good(request: Request) -> Reply:
    """A faithful model: every line of the notes as a sentence, with that line as its source."""
    lines = [line.strip(" -*") for line in notes_of(request).splitlines() if line.strip(" -*")]
    if not lines:
        return completion("ok")
    return completion(report_of(*((line[:1].upper() + line[1:].rstrip(".") + ".", line) for line in lines)))


def fenced(request: Request) -> Reply:
    """A model that thinks aloud and wraps its JSON in a code fence."""
    content = json.loads(good(request).body)["choices"][0]["message"]["content"]
    return completion(
        f"<think>Let me see {{}}</think>Voici le compte rendu :\n```json\n{content}\n```\nBonne journée !"
    )


def says(content: str | None, finish_reason: str = "stop") -> Behaviour:
    """A model that says this, whatever it is asked."""
    return lambda _: completion(content, finish_reason)


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Behaviour:
    """A server that fails; header names are written with underscores."""
    return lambda _: failure(status, message, code, {name.replace("_", "-"): value for name, value in headers.items()})


def no_schema(request: Request) -> Reply:
    """A server that knows neither response_format nor temperature."""
    if "response_format" in request:
        return failure(400, "response_format is not supported")
    return good(request)


def slow(seconds: float) -> Behaviour:
    """A good model that takes its time."""
    return lambda request: Reply(good(request).body, delay=seconds)


class ChatServer:
    """Answers each request with the next behaviour of `script`, and for ever with the last one."""

    def __init__(self, *script: Behaviour) -> None:
        self.requests: list[dict[str, Any]] = []
        """Bodies of POST /v1/chat/completions, in order."""
        self.keys: list[str | None] = []
        """The Authorization header of each of them."""
        self._script = list(script) or [good]
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """Close; slow answers are given up."""
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: dict[str, Any], key: str | None) -> Reply:
        """The next behaviour's reply, after its delay."""
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            behaviour = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        reply = behaviour(request)
        self._stopped.wait(reply.delay)
        return reply

    def _handler(server) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                models = {"object": "list", "data": [{"id": "test", "object": "model"}]}
                self._send(Reply(json.dumps(models)) if self.path == "/v1/models" else failure(404, "no such page"))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/v1/chat/completions":
                    return self._send(failure(404, "no such page"))
                return self._send(server.answer(body, self.headers["Authorization"]))

            def _send(self, reply: Reply) -> None:
                body = reply.body.encode()
                try:
                    self.send_response(reply.status)
                    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    self.close_connection = True  # the client gave up, as some tests want

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


@contextmanager
def chat_server(*script: Behaviour) -> Iterator[ChatServer]:
    """A server on a free port of 127.0.0.1, stopped at the end."""
    server = ChatServer(*script)
    server.start()
    try:
        yield server
    finally:
        server.stop()
