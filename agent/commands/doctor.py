"""`doctor`: everything that must hold for the agent to do its work, one line a check, and how to mend what does not."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click

from agent import authserv, config, probe
from agent.commands import doctor_mail, doctor_writer
from agent.commands.common import clock, local, print_json
from agent.config import Settings
from agent.errors import ConfigError
from agent.guidelines import load as load_guidelines
from agent.probe import Finding, Verdict
from agent.shipped import shipped
from agent.store import DatabaseError, Source, Store
from agent.understand.recognisers import load_recognisers

SILENT = timedelta(hours=1)
MONTH = timedelta(days=30)
"""A mailbox or calendar that was not read for so long: the agent is probably not running."""

TRY_OUT = "mentor-agent doctor --mail"

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def examine(path: Path, *, as_json: bool, mail_patience: float | None = None) -> None:
    """Print every finding; exit code 0 when all is fine, 1 when something is wrong, 2 when it is the settings.

    `mail_patience`: seconds to wait for a mail to oneself; None sends none.
    """
    findings: list[Finding] = []
    for finding in _findings(path, os.environ, clock(), mail_patience):
        findings.append(finding)
        if not as_json:
            _print(finding)  # at once: a server that is away takes its time
    wrong = [finding for finding in findings if finding.verdict is Verdict.WRONG]
    if as_json:
        checks = [{"name": f.name, "verdict": f.verdict.value, "text": f.text, "remedy": f.remedy} for f in findings]
        print_json({"fine": not wrong, "checks": checks})
    if wrong:
        sys.exit(2 if any(isinstance(finding.error, ConfigError) for finding in wrong) else 1)


def _print(finding: Finding) -> None:
    click.echo(f"{finding.verdict.value:6}{finding.name:12} {finding.text}")
    if finding.remedy:
        click.echo(f"{'':19}-> {finding.remedy}")


def _findings(
    path: Path, environment: Mapping[str, str], now: datetime, mail_patience: float | None
) -> Iterator[Finding]:
    yield from _file(path)
    try:
        settings = config.load(path)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("settings", Verdict.WRONG, problem, f"mend it in {path}" if path.exists() else "", error)
        return
    shadow = 'nothing goes to others until mode = "live"' if settings.mode == "shadow" else "letters may leave"
    yield Finding("settings", Verdict.OK, "valid")
    yield Finding("mode", Verdict.OK, f"{settings.mode}: {shadow}")
    yield from _data_files(settings)
    working: set[str] = set()
    refused: set[probe.Login] = set()
    for name in probe.SERVERS:
        found = probe.check(name, settings, environment, refused)
        wrong = {finding.name for finding in found if finding.verdict is Verdict.WRONG}
        working |= {name, *(finding.name for finding in found)} - wrong
        yield from found
    if mail_patience is not None and working.issuperset(("mailbox", "smtp")):
        yield from doctor_mail.findings(settings, environment, now=now, patience=mail_patience)
    yield _keyring()
    yield from _memory(settings, working, now)


def _file(path: Path) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # reading it says why
    mend = f"run: chmod 600 {path}"
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Finding("config file", Verdict.WRONG, f"others can change {path}", mend)
    elif mode & OTHERS:
        yield Finding("config file", Verdict.NOTE, f"others can read {path}; no password is in it", mend)
    else:
        yield Finding("config file", Verdict.OK, str(path))


def _data_files(settings: Settings) -> Iterator[Finding]:
    """What the program knows of the school: both files are read even if one is broken."""
    file = settings.recognisers or shipped("recognisers.toml")
    try:
        patterns = load_recognisers(file.read_text(encoding="utf-8"), file.name).assignments
    except ConfigError as error:
        yield from (Finding("recognisers", Verdict.WRONG, p, f"mend it in {file}", error) for p in error.problems)
    except (OSError, UnicodeDecodeError) as error:
        text = f"{file}: cannot be read: {error}"
        yield Finding("recognisers", Verdict.WRONG, text, "mend recognisers in the settings", ConfigError([text]))
    else:
        if all(pattern.invented for pattern in patterns):
            text = f"{len(patterns)} patterns for assignments, all of them invented examples"
            mend = "copy recognisers.toml, add patterns from a real mail of your school, name it with recognisers = ..."
            yield Finding("recognisers", Verdict.NOTE, text, mend)
        else:
            yield Finding("recognisers", Verdict.OK, f"{len(patterns)} patterns for assignments")
    file = settings.guidelines or shipped("guidelines.toml")
    try:
        clauses = load_guidelines(file).dated
    except ConfigError as error:
        yield from (Finding("guidelines", Verdict.WRONG, p, f"mend it in {file}", error) for p in error.problems)
    else:
        yield Finding("guidelines", Verdict.OK, f"{len(clauses)} clauses")


def _keyring() -> Finding:
    name = probe.keyring_name()
    if name is None:
        return Finding("keyring", Verdict.NOTE, "none here: passwords come from the environment, a file or systemd")
    return Finding("keyring", Verdict.OK, name)


def _memory(settings: Settings, working: set[str], now: datetime) -> Iterator[Finding]:
    """The state directory, and what the database remembers."""
    there = False
    try:
        yield from _directory(settings.state_dir)
        there = settings.database.exists()
    except OSError as error:  # somebody else's folder
        yield Finding("state_dir", Verdict.WRONG, str(error), "mend state_dir in the settings")
    if not there:
        yield _clock(settings, [], now)
        yield _authserv(settings, None)
        return
    try:
        store = Store(settings.database)
    except (OSError, DatabaseError) as error:
        yield _broken(settings, error)
        return
    try:
        with store.transaction():  # takes the write lock: opening alone would not show that it can be written
            pass
        yield Finding("database", Verdict.OK, str(settings.database))
        yield _clock(settings, store.sources.all(), now)
        yield _authserv(settings, store)
        yield from _sources(settings, store, working, now)
        yield _unrecognised(store, now)
        yield _parked(store)
        yield from doctor_writer.findings(settings, store, now)
        _clear_waits(store, working, now)
    except DatabaseError as error:
        yield _broken(settings, error)
    finally:
        store.close()


def _directory(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        parent = next(p for p in folder.parents if p.exists())
        if folder.exists() or not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
            yield Finding("state_dir", Verdict.WRONG, f"{folder} cannot be made", "mend state_dir in the settings")
        else:
            yield Finding("state_dir", Verdict.NOTE, f"{folder} is made at the first run")
    elif not os.access(folder, os.W_OK | os.X_OK):
        mend = "make it yours (chown), or mend state_dir in the settings"
        yield Finding("state_dir", Verdict.WRONG, f"{folder} cannot be written", mend)
    elif folder.stat().st_mode & OTHERS:
        text = f"others can look into {folder}, which holds learners' data"
        yield Finding("state_dir", Verdict.WRONG, text, f"run: chmod 700 {folder}")
    else:
        yield Finding("state_dir", Verdict.OK, str(folder))


def _broken(settings: Settings, error: Exception) -> Finding:
    mend = (
        "free the disk if it is full; if the file is damaged put a backup in its place, or move it away: then the"
        " agent begins anew and knows only what lies in the mailbox"
    )
    return Finding("database", Verdict.WRONG, f"{settings.database}: {error}", mend)


def _clock(settings: Settings, sources: list[Source], now: datetime) -> Finding:
    zone = settings.mentor.timezone
    text = f"{now.astimezone(zone):%a %Y-%m-%d %H:%M} in {zone.key}"
    ahead = [s.last_success for s in sources if s.last_success and s.last_success > now + timedelta(minutes=5)]
    if ahead:
        text += f", but a server was read at {local(max(ahead), zone)} already"
        return Finding("clock", Verdict.WRONG, text, "set this machine's clock (timedatectl set-ntp true)")
    return Finding("clock", Verdict.OK, text)


def _authserv(settings: Settings, store: Store | None) -> Finding:
    """On what the mentor's and the school's word is believed (P2, P3)."""
    name = "trust"
    if settings.mailbox.trust == "local":
        return Finding(name, Verdict.OK, "local: whatever lies in this mailbox is taken as genuine")
    signatures = "" if settings.mailbox.dkim == "off" else ", and DKIM signatures where it says nothing"
    known = authserv.known(settings, store)
    if known is None:
        text = f"your Sent folder{signatures}; your server's authserv-id is not known"
        mend = f"it is learnt from the first run's mail to yourself, or by: {TRY_OUT}"
        return Finding(name, Verdict.NOTE, text, mend)
    if store is not None and authserv.is_fooled(known, store):
        text = f"your Sent folder{signatures}; not {known}, which let a forged Authentication-Results through"
        return Finding(name, Verdict.NOTE, text, f"once the server removes fields with its own name: {TRY_OUT}")
    whence = "as set" if settings.mailbox.authserv_id else "learnt from a mail to yourself"
    text = f"your Sent folder, and Authentication-Results of {known}, {whence}{signatures}"
    if store is not None and authserv.is_checked(known, store):
        return Finding(name, Verdict.OK, f"{text}; it keeps forged ones out")
    return Finding(name, Verdict.NOTE, text, f"whether it keeps forged ones out is not known yet: {TRY_OUT}")


def _sources(settings: Settings, store: Store, working: set[str], now: datetime) -> Iterator[Finding]:
    """How the running agent fared with each source."""
    zone = settings.mentor.timezone
    for source in store.sources.all():
        name, seen = f"{source.name} log", f"last reached {local(source.last_success, zone)}"
        if source.halted:
            mend = "answer the question about it: `mentor-agent drafts`"
            yield Finding(name, Verdict.WRONG, f"{seen}; {source.halted}", mend)
        elif source.failing_since:
            text = f"{seen}; failing since {local(source.failing_since, zone)}: {source.last_error}"
            mend = "it works now, and the next tick tries it again" if source.name in working else "see its line above"
            yield Finding(name, Verdict.NOTE, text, mend)
        elif source.name != "smtp" and source.last_success and now - source.last_success > SILENT:
            yield Finding(name, Verdict.NOTE, seen, "is the agent running? `mentor-agent run`, or its service")
        else:
            yield Finding(name, Verdict.OK, seen)


def _unrecognised(store: Store, now: datetime) -> Finding:
    """The school's mails that no pattern fits: patterns that fit nothing would otherwise look like a quiet month."""
    lately = [fact for fact in store.facts.of_kind("unrecognised") if now - fact.at <= MONTH]
    if not lately:
        return Finding("school's mail", Verdict.OK, "everything it wrote in the last 30 days was recognised")
    text = f"{len(lately)} mail(s) of the last 30 days fit no pattern; the latest: “{lately[-1].detail['subject']}”"
    return Finding("school's mail", Verdict.NOTE, text, "if one assigns a learner, add a pattern to recognisers.toml")


def _parked(store: Store) -> Finding:
    count = len(store.parking.all())
    if count == 0:
        return Finding("put aside", Verdict.OK, "nothing")
    return Finding("put aside", Verdict.NOTE, f"{count} item(s) could not be read", "`mentor-agent status` lists them")


def _clear_waits(store: Store, working: set[str], now: datetime) -> None:
    """What answers again need not be waited for; a login that is still refused is not tried any sooner."""
    waiting = [source for source in store.sources.all() if source.next_try is not None]
    if not any(source.name in working and not source.halted for source in waiting):
        return
    with store.transaction():
        store.sources.retry_now()
        for source in waiting:
            if source.next_try and (source.name not in working or source.halted):
                store.sources.failed(source.name, source.last_error or "", source.next_try, now, source.halted)
