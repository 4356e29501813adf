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
    """What goes back: `body` as it is, after `delay` seconds, and with `drip` seconds between its bytes."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0


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
    if '"keep"' in request["messages"][0]["content"]:
        return completion(json.dumps({"keep": [number for number, line in numbered(request) if "SQL" in line]}))
    return completion(report_of(*((line[:1].upper() + line[1:].rstrip(".") + ".", line) for line in lines)))


def numbered(request: Request) -> list[tuple[int, str]]:
    """The numbered lines of a request that asks which of them to keep."""
    return [(int(m[1]), m[2]) for m in re.finditer(r"^(\d+)\. (.*)$", notes_of(request), re.MULTILINE)]


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


def strict(request: Request) -> Reply:
    """A server that holds its model to a schema, and whose model talks nonsense without one."""
    form = request.get("response_format", {})
    if form.get("type") != "json_schema" or not form["json_schema"]["strict"]:
        return completion("Bien sûr ! Voici : ")
    return good(request)


def ignores_schema(request: Request) -> Reply:
    """A server that takes a schema and does nothing with it; its JSON mode works."""
    if request.get("response_format", {}).get("type") == "json_object":
        return good(request)
    return completion("Voici le compte rendu : **Travail réalisé** : les jointures.")


def only_objects(request: Request) -> Reply:
    """A server with JSON mode and no schemas."""
    if request.get("response_format", {}).get("type") == "json_schema":
        return failure(400, "'response_format.type' must be 'text' or 'json_object'")
    return good(request)


def one_role(status: int) -> Behaviour:
    """A server whose template knows no system role; llama.cpp says so with 500, vLLM with 400."""

    def answer(request: Request) -> Reply:
        if any(message["role"] == "system" for message in request["messages"]):
            return failure(status, "System role not supported")
        return good(request)

    return answer


def own_temperature(request: Request) -> Reply:
    """A model that takes no temperature but its own."""
    if "temperature" in request:
        return failure(400, "Unsupported value: 'temperature' does not support 0 with this model.")
    return good(request)


def dressed(**message: Any) -> Behaviour:
    """A good model on a server that adds fields of its own to each level of its answer."""

    def answer(request: Request) -> Reply:
        body = json.loads(good(request).body)
        body |= {"system_fingerprint": "fp_local", "timings": {"predicted_per_second": 12.5}, "prompt_logprobs": None}
        body["choices"][0] |= {"stop_reason": None, "logprobs": None}
        body["choices"][0]["message"] |= {"tool_calls": [], **message}
        return Reply(json.dumps(body))

    return answer


def dripping(seconds: float) -> Behaviour:
    """A good model whose server sends one byte at a time."""
    return lambda request: Reply(good(request).body, drip=seconds)


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
                    for part in [body] if not reply.drip else [body[at : at + 1] for at in range(len(body))]:
                        self.wfile.write(part)
                        if server._stopped.wait(reply.drip):
                            break
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
