"""The arrows of the design, read from the imports: who may know whom. An arrow that turns round fails here."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SHARED = {f"agent.connectors.{part}" for part in ("ports", "child", "rawmail", "plain_http")}
"""What connectors share on purpose: the protocols, the child process for heavy libraries, reading raw headers, and one
small HTTP request."""

_TALK = ("answer", "condense", "privacy", "prompt", "wire", "wire_talk", "wording")
WRITER_TALK = {f"agent.report.{part}" for part in _TALK}
"""How a model is asked for a report, and how its answer is read: words only, which the connector carries."""

HEAVY = (
    "caldav",
    "openai",
    "msal",
    "requests",
    "oauthlib",
    "imapclient",
    "keyring",
    "holidays",
    "rich",
    "exchangelib",
    "dkim",
    "dns",
)
"""Imported where they are used: a daemon that needs none of them stays small, a command that needs none is quick."""


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / "agent").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


MODULES = modules()


def imports(name: str, path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in a file, by its full name."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(part for part in (above, node.module) if part)
            yield from (
                f"{module}.{alias.name}" if f"{module}.{alias.name}" in MODULES else module for alias in node.names
            )


GRAPH = {name: set(imports(name, path)) for name, path in MODULES.items()}


def inside(package: str) -> list[str]:
    return [name for name in GRAPH if name == package or name.startswith(f"{package}.")]


def ours(name: str) -> set[str]:
    return {one for one in GRAPH[name] if one.split(".")[0] == "agent"}


def strangers(package: str, allowed: set[str]) -> set[tuple[str, str]]:
    """Who in a room imports something of ours beyond the room itself and `allowed` (modules or whole rooms)."""
    rooms = (package, *allowed)
    return {
        (name, one)
        for name in inside(package)
        for one in ours(name)
        if not any(one == room or one.startswith(f"{room}.") for room in rooms)
    }


def test_the_imports_are_read_at_all() -> None:
    assert "agent.connectors.imap" in GRAPH["agent.accounts"]
    assert "agent.policies.timing" in GRAPH["agent.policies.r07_report"]
    assert len(GRAPH) > 60


@pytest.mark.parametrize("module", ["agent.model", "agent.errors"])
def test_the_values_and_the_errors_import_nothing_of_ours(module: str) -> None:
    assert {one for one in ours(module) if not one.startswith(module)} == set()


def test_policies_know_the_values_and_nothing_else() -> None:
    assert strangers("agent.policies", {"agent.model"}) == set()


def test_policies_read_no_clock_and_no_chance() -> None:
    for name in inside("agent.policies"):
        assert GRAPH[name].isdisjoint({"time", "random", "secrets", "os"})
        assert ".now(" not in MODULES[name].read_text(encoding="utf-8")


def test_decide_knows_the_policies_and_the_guidelines_and_no_world() -> None:
    assert strangers("agent.decide", {"agent.model", "agent.policies", "agent.guidelines"}) == set()


def test_the_store_knows_values_and_the_protocols_alone() -> None:
    assert strangers("agent.store", {"agent.model", "agent.connectors.ports"}) == set()


def test_understanding_a_mail_needs_no_store_and_no_connector() -> None:
    known = {"agent.model", "agent.errors", "agent.connectors.ports", "agent.shipped"}
    assert strangers("agent.understand", known) == set()


def test_a_search_for_servers_knows_neither_the_mailbox_nor_the_store() -> None:
    assert strangers("agent.discovery", {"agent.shipped"}) == set()


def test_writing_a_report_needs_no_store_and_no_connector() -> None:
    allowed = {"agent.model", "agent.errors", "agent.phrasing", "agent.shipped", "agent.connectors.ports"}
    assert strangers("agent.report", allowed) == set()


def test_connectors_know_neither_the_store_nor_the_policies() -> None:
    """What an entry of ours is known by, and how its text is moved, is one thing for all calendars: `invitation`."""
    assert strangers("agent.connectors", {"agent.model", "agent.errors", "agent.invitation"} | WRITER_TALK) == set()


def test_connectors_do_not_know_each_other() -> None:
    """A connector may be in several modules: imap, imap_login and imap_cursor are one."""
    room = inside("agent.connectors")
    assert [
        (name, one)
        for name in room
        for one in ours(name) & set(room)
        if one not in SHARED and one.split("_")[0] != name.split("_")[0]
    ] == []


def test_the_talk_with_a_model_is_the_writer_s_business_alone() -> None:
    assert [name for name in inside("agent.connectors") if ours(name) & WRITER_TALK] == [
        "agent.connectors.openai_writer"
    ]


def test_only_the_composition_root_the_commands_and_the_demo_know_a_connector() -> None:
    adapters = set(inside("agent.connectors")) - SHARED - {"agent.connectors"}
    knowing = {name for name in GRAPH if ours(name) & adapters and name not in inside("agent.connectors")}
    # a rehearsal and a replay have a post that goes nowhere: the one in memory
    allowed = {"agent.accounts", "agent.bootstrap", "agent.rehearsal", "agent.replay", "agent.signin"}
    allowed |= {*inside("agent.commands"), *inside("agent.demo")}
    allowed |= set(inside("agent.simulation"))  # its servers are in memory, and fail as it likes
    assert knowing <= allowed
    assert "agent.bootstrap" in knowing


def test_only_the_store_speaks_sql() -> None:
    sql = {"sqlite3", "sqlite_utils"}
    speaking = {name for name, found in GRAPH.items() if {one.split(".")[0] for one in found} & sql}
    assert speaking <= set(inside("agent.store"))
    assert "agent.store.base" in speaking


def test_only_delivery_sends() -> None:
    calling = {name for name, path in MODULES.items() if ".transport.send(" in path.read_text(encoding="utf-8")}
    assert calling == {"agent.delivery", "agent.self_mail"}  # the doctor writes to the mentor's own address alone


def test_the_machine_s_clock_is_read_in_one_place() -> None:
    reading = {
        name
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    }
    assert reading == {"agent.commands.common"}


def test_no_command_is_needed_to_run_the_loop() -> None:
    top = ("agent.commands", "agent.cli", "agent.__main__", "agent.demo", "agent.simulation")
    below = [name for name in GRAPH if not name.startswith(top)]
    assert [name for name in below if any(one.startswith(top) for one in ours(name))] == []


@pytest.mark.parametrize("module", ["agent.loop", "agent.daemon", "agent.bootstrap", "agent.cli"])
def test_heavy_libraries_are_imported_where_they_are_used(module: str) -> None:
    code = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
