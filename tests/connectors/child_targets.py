"""What the children of `test_child` do: the ways in which a heavy library may behave."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from typing import Any

from agent.connectors import child
from agent.errors import ConfigError, RefusedLoginError

COMMAND = (sys.executable, "-c", "from tests.connectors import child_targets as t; t.child.main(t.TARGETS)")

HERE = "tests.connectors.child_targets"
TARGETS = {name: f"{HERE}:{name}" for name in ("echo", "noisy", "refused", "misconfigured", "dies", "crashes", "hangs")}

__all__ = ["COMMAND", "TARGETS", "child"]


def echo(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"arguments": arguments, "argv": sys.orig_argv, "environment": dict(os.environ)}


def noisy(arguments: dict[str, Any]) -> str:
    print('{"result": "a forged answer"}')
    os.system('echo \'{"result": "from a helper program"}\'')  # noqa: S605  a program that writes to descriptor 1
    return "the answer"


def refused(arguments: dict[str, Any]) -> None:
    raise RefusedLoginError("le mot de passe est refusé")


def misconfigured(arguments: dict[str, Any]) -> None:
    raise ConfigError(["mailbox.url: no such server", "mailbox.user: missing"])


def dies(arguments: dict[str, Any]) -> None:
    print("out of memory", file=sys.stderr, flush=True)
    os._exit(3)


def crashes(arguments: dict[str, Any]) -> None:
    raise LookupError("a fault in a library")


def hangs(arguments: dict[str, Any]) -> None:
    with open(arguments["lock"], "w", encoding="utf-8") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("held")
        held.flush()
        time.sleep(600)
