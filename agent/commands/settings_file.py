"""The settings file as `init` writes it: the options' shape, TOML text, and files that only their owner can read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent import config
from agent.config.tables import WriterSettings
from agent.errors import ConfigError
from agent.urls import parse_url

OPTIONS = {
    "mentor.name": "--mentor-name",
    "mentor.address": "--mentor-address",
    "mentor.timezone": "--timezone",
    "mentor.language": "--language",
    "school.support": "--support",
    "school.domains": "--school-domain",
    "mailbox.url": "--mailbox",
    "mailbox.authserv_id": "--authserv-id",
    "graph.client_id": "--graph-client-id",
    "graph.auth": "--graph-auth",
    "graph.url": "--graph-url",
    "graph.login_url": "--graph-login-url",
    "smtp.url": "--smtp",
    "calendar.url": "--calendar",
    "writer.url": "--llm",
    "writer.model": "--model",
    "writer": "--model",
    "mode": "--mode",
    "ca_file": "--ca-file",
}
"""Which option gives which key: problems are said in the words of whoever typed the options."""

HEADER = """\
# The settings of mentor-agent, written by `mentor-agent init`. config/agent.example.toml shows every other setting.
# Passwords never stand here: they are in the keyring, in MENTOR_AGENT_* variables, or in a file named below.
"""

COMMENTS = {
    "mode": 'shadow: everything is worked out and shown to you, nothing goes to others. "live" lets letters leave.',
    "state_dir": "The database and the kept reports; relative to this file.",
    "school.domains": "Domains the school writes from, and the address alerts go to.",
    "mailbox.trust": "Whatever lies in this folder is taken as genuine: only right while no mail from outside gets in.",
    "mailbox.authserv_id": "Whose Authentication-Results headers count (RFC 8601).",
    "graph.client_id": "The app that reads the mailbox, as registered with Microsoft; README.md says how.",
    "writer.url": '"none" is the built-in writer, which needs no model.',
    "writer.allow_remote": "The model runs elsewhere: notes leave this machine, without names and health details.",
}


def from_options(given: Mapping[str, Any], state_dir: str) -> dict[str, Any]:
    """The options as settings data; what was not given and has no default is left out."""
    data: dict[str, Any] = {
        "mode": given["mode"] or "shadow",
        "state_dir": state_dir,
        "ca_file": str(given["ca_file"].absolute()) if given["ca_file"] else None,
        "mentor": {
            "name": given["mentor_name"],
            "address": given["mentor_address"],
            "timezone": given["timezone"] or "Europe/Paris",
            "language": given["language"] or "fr",
        },
        "school": {"domains": domains(given["school_domain"]), "support": given["support"]},
        "mailbox": {"url": given["mailbox"], "authserv_id": given["authserv_id"]},
        "graph": {name: given[f"graph_{name}"] for name in ("client_id", "auth", "url", "login_url")},
        "smtp": {"url": given["smtp"]},
        "calendar": {"url": given["calendar"]},
        "writer": {"url": given["llm"] or "none", "model": given["model"]},
    }
    filled = {
        key: {name: value for name, value in part.items() if value not in (None, [])}
        if isinstance(part, dict)
        else part
        for key, part in data.items()
        if part is not None
    }
    return {key: part for key, part in filled.items() if key != "graph" or part}


def domains(names: tuple[str, ...]) -> list[str]:
    """Domains as they are compared: lower case, without an @."""
    return [name.strip().lower().removeprefix("@") for name in names if name.strip()]


def is_remote(url: str) -> bool:
    """Whether a writer's URL leads away from this machine. False for what is no URL: the settings say that better."""
    try:
        parse_url(url, ("none", "http", "https"))
        return not WriterSettings(url=url, model="any", allow_remote=True).local
    except ValueError:
        return False


def problems(data: Mapping[str, Any], base: Path) -> list[str]:
    """Everything wrong with settings data, each as "key.path: what is wrong"."""
    try:
        config.parse(data, base)
    except ConfigError as error:
        return error.problems
    return []


def by_option(problem: str) -> str:
    """A problem under its option's name: "mailbox.url: is missing" becomes "--mailbox: is missing"."""
    path, _, text = problem.partition(":")
    known = [key for key in OPTIONS if path == key or path.startswith(f"{key}.")]
    return f"{OPTIONS[max(known, key=len)]}:{text}" if known else problem


def render(data: Mapping[str, Any]) -> str:
    """Settings data as TOML: values first, then one level of tables. ConfigError for text that is no Unicode."""
    lines = [HEADER]
    for key, value in data.items():
        if not isinstance(value, Mapping):
            lines += _line(key, key, value)
    for table, part in data.items():
        if isinstance(part, Mapping) and part:
            lines += ["", f"[{table}]"]
            for key, value in part.items():
                lines += _line(f"{table}.{key}", key, value)
    return "\n".join(lines) + "\n"


def _line(path: str, key: str, value: Any) -> list[str]:
    comment = [f"# {COMMENTS[path]}"] if path in COMMENTS else []
    return [*comment, f"{key} = {toml_value(value, path)}"]


def toml_value(value: str | bool | float | list[str], path: str = "") -> str:
    """One value in TOML 1.0. `path` names it when it cannot be written."""
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(item, path) for item in value) + "]"
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise ConfigError([f"{path}: {value!r} is not readable text"])
    # A JSON string is a TOML basic string but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_private(path: Path, text: str) -> None:
    """Put a whole file in place at once, readable by its owner only. ConfigError when that is not possible."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror or error}"]) from None
