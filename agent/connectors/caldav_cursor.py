"""What a CalDAV poll leaves for the next one, as text that the rest of the program only keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass

from agent.connectors.caldav_changes import State


@dataclass(frozen=True, slots=True)
class Seen:
    """Which calendar was read, how one logs in there ("none", "basic" or "other"), and its state then."""

    calendar: str
    login: str
    state: State


def configured(url: str, which: str) -> str:
    """Tells one account's cursor from another's."""
    return f"{url} {which}" if which else url


def dump(key: str, seen: Seen) -> str:
    """As text; `key` is `configured`'s."""
    state = seen.state
    marks = {"token": state.token} if state.token else {"etags": dict(state.etags)}
    seen_by = {"configured": key, "calendar": seen.calendar, "login": seen.login}
    return json.dumps({**seen_by, "ctag": state.ctag, **marks})


def parse(cursor: str | None, key: str) -> Seen | None:
    """None for a cursor that is not ours or belongs to another account."""
    try:
        fields = json.loads(cursor or "null")
        if fields["configured"] != key:
            return None
        etags = {str(path): str(etag) for path, etag in fields.get("etags", {}).items()}
        state = State(str(fields.get("token", "")), str(fields.get("ctag", "")), etags)
        if not state.token and "etags" not in fields:
            return None
        return Seen(str(fields["calendar"]), str(fields.get("login", "other")), state)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
