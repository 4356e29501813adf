"""The agent's own place in a simulation or a story: settings, and a world of collaborators that are passed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from agent import config
from agent.bootstrap import builtin_writer
from agent.connectors.ports import Calendar, Mailbox, Transport, Writer
from agent.decide import Rules
from agent.guidelines import load as load_guidelines
from agent.matrix import load as load_matrix
from agent.phrases import Phrases
from agent.render import Letters
from agent.shipped import shipped
from agent.simulation.scenario import AUTHSERV, MENTOR, MENTOR_NAME, SCHOOL, SUPPORT
from agent.slots import public_holidays
from agent.store import Store
from agent.understand.grammar import load as load_situations
from agent.understand.learner_words import load as load_learner_words
from agent.understand.recognisers import load_recognisers
from agent.world import World

LETTERS = cache(Letters)  # they hold nothing but compiled templates
HOLIDAYS = cache(lambda year: public_holidays("FR", [year]))


def settings_data(**changes: Any) -> dict[str, Any]:
    """The settings as their TOML would read; `changes` replace whole tables or values."""
    data: dict[str, Any] = {
        "mode": "live",
        "state_dir": "state",
        "mentor": {"name": MENTOR_NAME, "address": MENTOR, "timezone": "Europe/Paris"},
        "school": {"domains": [SCHOOL], "support": SUPPORT},
        "mailbox": {"url": f"imap://mail.{MENTOR.partition('@')[2]}", "authserv_id": AUTHSERV},
        "smtp": {"url": f"smtp://mail.{MENTOR.partition('@')[2]}"},
        "calendar": {"url": f"caldav+https://mail.{MENTOR.partition('@')[2]}/"},
    }
    return data | changes


def counting_bytes(start: str = "") -> Callable[[int], bytes]:
    """A source of ids that is the same in every run; a real agent's are unguessable."""
    count = 0

    def take(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.sha256(f"{start}{count}".encode()).digest()[:size]

    return take


def build_world(
    state: Path | str,
    *,
    mailbox: Mailbox,
    transport: Transport,
    calendar: Calendar,
    writer: Writer | None = None,
    base: Path = Path("/nonexistent"),
    data: dict[str, Any] | None = None,
    random_bytes: Callable[[int], bytes] | None = None,
) -> World:
    """A world of the given collaborators; `state` is the database's file or ":memory:", `data` settings_data's."""
    settings = config.parse(data or settings_data(), base)
    builtin = builtin_writer()
    recognisers = load_recognisers((settings.recognisers or shipped("recognisers.toml")).read_text(encoding="utf-8"))
    return World(
        settings=settings,
        rules=Rules(
            load_guidelines(settings.guidelines or shipped("guidelines.toml")),
            settings.rules,
            settings.mentor.timezone,
            load_matrix(settings.responsibility_matrix or shipped("responsibility_matrix.toml")),
        ),
        recognisers=recognisers,
        learner_words=load_learner_words(settings.learner_words or shipped("learner.toml")),
        situations=load_situations(settings.situations or shipped("situations.toml")),
        letters=LETTERS(),
        phrases=Phrases(),
        store=Store(state),
        mailbox=mailbox,
        transport=transport,
        calendar=calendar,
        writer=writer or builtin,
        builtin=builtin,
        holidays=HOLIDAYS,
        random_bytes=random_bytes or counting_bytes(),
    )
