"""What can go wrong, by what the loop must do about it.

The tree is shallow on purpose: a caller only ever needs to know whether to wait, to stop trying, or to ask.
"""

from __future__ import annotations


class AgentError(Exception):
    """Base of every error this program raises on purpose. The message is written for the mentor."""


class ConfigError(AgentError):
    """The settings are wrong. `problems` holds every one, each as "path: what is wrong"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TransientError(AgentError):
    """A server is away or busy: the same call may succeed later."""


class TerminalError(AgentError):
    """Repeating the call cannot help: a person has to change something."""


class BudgetError(TerminalError):
    """What is left of the month's budget does not reach for this call to a model."""


class RefusedLoginError(TerminalError):
    """The server refused the credentials. Never retried: servers lock accounts."""


class UncertainSendError(AgentError):
    """The connection broke after the message was handed over: it may or may not have gone."""


class UnreadableError(AgentError):
    """One item (a mail, an event, a file) cannot be understood. It is parked; the rest goes on."""
