"""`doctor --mail`: what the mentor's server makes of a mail to oneself, remembered for the agent (RFC 8601)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime

from agent import accounts, authserv, bootstrap, self_mail
from agent.config import Settings
from agent.errors import AgentError, TerminalError
from agent.probe import Finding, Verdict
from agent.self_mail import Door, Judged
from agent.store import DatabaseError, Store

_NAME = "own mail"
_WITHOUT = "until then your word counts from your Sent folder, or by a DKIM signature"


def findings(
    settings: Settings, environment: Mapping[str, str] = os.environ, *, now: datetime, patience: float
) -> Iterator[Finding]:
    """Send the mails, wait for them, and keep what they tell; `patience` in seconds for each."""
    if settings.mailbox.trust == "local":
        yield Finding(_NAME, Verdict.OK, "not sent: this mailbox is trusted as it is")
        return
    store: Store | None = None
    try:
        store = bootstrap.memory(settings)
        mailbox = accounts.mailbox(settings, environment)
        try:
            transport = accounts.transport(settings, environment)
            door = Door(mailbox, transport, settings.mentor.address, secrets.token_hex(8), patience)
            judged = self_mail.try_out(door, authserv.known(settings, store), now)
        finally:
            mailbox.close()
        yield _learn(settings, store, judged)
    except DatabaseError as error:
        text = f"{settings.database}: {error}"
        yield Finding(_NAME, Verdict.WRONG, text, "see its line below", TerminalError(text))
    except AgentError as error:
        yield Finding(_NAME, Verdict.WRONG, str(error), "see the lines of the mailbox and of smtp above", error)
    finally:
        if store is not None:
            store.close()


def _learn(settings: Settings, store: Store, judged: Judged) -> Finding:
    """What was found, once it is remembered."""
    name = authserv.known(settings, store) or judged.name
    if not judged.arrived:
        text = "a mail to yourself did not come back in time: nothing is known of what your server adds to it"
        return Finding(
            _NAME, Verdict.NOTE, text, "look for it in the junk folder; then run: mentor-agent doctor --mail"
        )
    if name is None:
        text = "your server adds no Authentication-Results to it, or without its name: they prove nothing here"
        mend = "nothing need be done: your word counts from your Sent folder, other mails by their DKIM signature"
        return Finding(_NAME, Verdict.NOTE, text, mend)
    if authserv.known(settings, store) is None:
        authserv.learn(name, store)
    authserv.judge(name, store, fooled=bool(judged.fooled))
    if judged.name not in {None, name.lower()}:
        text = f"your server calls itself {judged.name}, the settings say {name}"
        return Finding(_NAME, Verdict.WRONG, text, f'set mailbox.authserv_id = "{judged.name}"; {_WITHOUT}')
    if judged.fooled:
        text = f"a forged Authentication-Results in the name of {name} came through: from now on, none is believed"
        mend = (
            "ask whoever runs the server to remove fields with its own name from mails that come in (RFC 8601,"
            f" section 5), then run this again; {_WITHOUT}"
        )
        return Finding(_NAME, Verdict.WRONG, text, mend)
    if judged.name is None:
        text = f"no Authentication-Results of {name} on a mail to yourself; a forged one did not come through"
        return Finding(_NAME, Verdict.NOTE, text, "mails from outside may carry one: see the headers of the school's")
    if not judged.removed:
        text = f"your server judges as {name}, above a forged judgement, which it leaves in the mail"
        return Finding(_NAME, Verdict.NOTE, text, "a server that removes it is safer still (RFC 8601, section 5)")
    return Finding(_NAME, Verdict.OK, f"your server judges as {name}, and removes forged judgements")
