"""Requests and answers of the Graph stand-in, and what may go wrong between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.servers.graph_delta import Json


@dataclass
class Fault:
    """What goes wrong with the next request whose "METHOD path" matches, `times` over.

    `status` is answered (with Retry-After); `drop` "before" closes the connection without doing anything, "after" once
    it is done; `drip` is seconds between the bytes of the answer; `body` is what a good answer holds instead.
    """

    where: str = ""
    status: int = 0
    code: str = "ErrorServerBusy"
    retry_after: str | None = None
    drop: str = ""
    drip: float = 0.0
    body: bytes = b""
    times: int = 1


@dataclass
class Reply:
    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Ask:
    """One request: its address, what stands in the path's places, its query, how many items a page has."""

    url: str
    parts: list[str]
    query: dict[str, str]
    size: int
    headers: dict[str, str]
    body: bytes

    @property
    def paged(self) -> tuple[dict[str, str], int, Callable[[str, str], str]]:
        return self.query, self.size, self.link

    def link(self, name: str, value: str) -> str:
        """Where the next page is. The tokens of a delta hold all that was asked at first."""
        kept = self.query if name == "$skip" else {}
        words = "&".join(f"{k}={quote(v, safe='')}" for k, v in {**kept, name: value}.items())
        return f"{self.url}?{words}"


def as_json(status: int, body: Json) -> Reply:
    return Reply(status, json.dumps(body, ensure_ascii=False).encode("utf-8"))
