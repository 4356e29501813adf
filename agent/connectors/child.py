"""Heavy connectors run in a short-lived process, so that the idle daemon stays small and a hung one can be killed.

One JSON request on standard input (secrets are never in the arguments or the environment), one JSON answer on standard
output. An error of `agent.errors` travels by name and is raised again; anything else that goes wrong in the child is
a TransientError, and says the last thing the child said.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from agent import errors

TARGETS: Mapping[str, str] = {  # nothing else can be run, whoever writes the request
    "caldav.poll": "agent.connectors.caldav:poll_request",
    "caldav.create": "agent.connectors.caldav:create_request",
    "caldav.reschedule": "agent.connectors.caldav:reschedule_request",
    "caldav.check": "agent.connectors.caldav:check_request",
    "openai.write": "agent.connectors.openai_writer:write_request",
    "openai.check": "agent.connectors.openai_writer:check_request",
    "oauth.renew": "agent.connectors.oauth:renew_request",
    "holidays.list": "agent.slots:holidays_request",
}

COMMAND = (sys.executable, "-m", "agent.connectors.child")


def call(target: str, arguments: Mapping[str, Any], timeout: float, command: Sequence[str] = COMMAND) -> Any:
    """Run one of TARGETS in a child and return its answer; arguments and answer are JSON values.

    The child is killed after `timeout` seconds. Errors: those of the target; TransientError for a child that is
    late, dies or answers with something else than an answer.
    """
    request = json.dumps({"target": target, "arguments": dict(arguments), "timeout": timeout}).encode()
    try:
        done = subprocess.run(  # noqa: S603  the command is ours; what others wrote is only on its standard input
            command, input=request, capture_output=True, timeout=timeout, env=_environment(), check=False
        )
    except subprocess.TimeoutExpired:
        raise errors.TransientError(f"{target} did not finish within {timeout:g} s and was stopped") from None
    except OSError as error:
        raise errors.TransientError(f"{target} could not be started: {error}") from error
    return _result(target, done)


def _environment() -> dict[str, str]:
    """Ours, without our secrets; and the child imports what we would import, not what lies in the directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_AGENT_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONSAFEPATH": "1"}


def _result(target: str, done: subprocess.CompletedProcess[bytes]) -> Any:
    try:
        answer = json.loads(done.stdout)
        if "result" in answer:
            return answer["result"]
        failure = _error(answer["error"], answer["message"])
    except (ValueError, TypeError, KeyError):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        last = said[-1] if said else f"exit code {done.returncode}"
        raise errors.TransientError(f"{target} gave no answer: {last}") from None
    raise failure


def _error(name: str, message: str) -> errors.AgentError:
    """The error of that name. KeyError for a name that is not in `agent.errors`."""
    if name == errors.ConfigError.__name__:
        return errors.ConfigError(message.splitlines())
    kind = vars(errors)[name]
    if not (isinstance(kind, type) and issubclass(kind, errors.AgentError)):
        raise KeyError(name)
    return kind(message)


def main(targets: Mapping[str, str] = TARGETS) -> None:
    """The child's side: read the request, answer, end."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints goes to the log, not into the answer
    request = json.loads(sys.stdin.buffer.read())
    # A parent that was killed cannot stop us: the kernel does, at the same deadline.
    signal.setitimer(signal.ITIMER_REAL, request["timeout"])
    module, _, function = targets[request["target"]].partition(":")
    try:
        answer = {"result": getattr(importlib.import_module(module), function)(request["arguments"])}
    except errors.AgentError as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    with os.fdopen(answers, "wb") as out:
        out.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
