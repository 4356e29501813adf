"""`teach`: from one real sample to a recogniser, shown on the sample and on everything else before it is saved."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from agent import anonymise, config, teaching
from agent.commands.common import clock, local, opened, table
from agent.commands.settings_file import write_private
from agent.errors import TerminalError, UnreadableError
from agent.model import Language
from agent.observe.mail import HISTORY
from agent.occurrences import expand
from agent.shipped import shipped
from agent.teaching import Entry, Sample
from agent.understand.headers import parse_head
from agent.understand.mail import Mail, parse_mail
from agent.understand.proof import within
from agent.understand.recognise import match_learner, recognise_assignment, recognise_notice, recognise_session
from agent.understand.recognisers import Recognisers, load_recognisers
from agent.world import World

SHOWN = 20
WINDOW = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Given:
    """The sample as read: a mail, or the text of a calendar file with its summaries."""

    sample: Sample
    mail: Mail | None
    ics: str


def teach(path: Path, file: Path, kind: str | None, values: Mapping[str, str], *, yes: bool, copy: Path | None) -> None:
    """Propose, show, confirm, save. TerminalError when the sample cannot be used, or its entry finds something else."""
    with opened(path) as world:
        now = clock()
        given = _read(file, world, now)
        kind = kind or (teaching.SESSION if given.mail is None else _ask_kind())
        if (kind == teaching.SESSION) != (given.mail is None):
            raise TerminalError("an .ics file teaches session_event, and a mail one of the others")
        chosen = _values(world, kind, given.sample, values, ask=not yes)
        if copy is not None:
            _anonymise(world, given, chosen, copy)
        entry = teaching.propose(kind, f"taught-{now:%Y-%m-%d-%H%M}", _language(given.sample), given.sample, chosen)
        alone = load_recognisers(_alone(entry, world), "the new entry")
        click.echo(f"\n{entry.toml}")
        _check(kind, given, alone, chosen, world)
        _show_others(world, kind, given, alone, now)
        if yes or click.confirm("Save it?", default=False):
            _save(path, world, entry, kind, given, chosen)
        else:
            click.echo("Nothing was saved.")


def _read(file: Path, world: World, now: datetime) -> Given:
    try:
        raw = file.read_bytes()
        if file.suffix.lower() == ".ics":
            text = raw.decode("utf-8", "replace")
            found = re.search(r"^SUMMARY[^:\n]*:(.+)$", re.sub(r"\r?\n[ \t]", "", text), re.MULTILINE)
            if found is None:
                raise TerminalError(f"{file} holds no event with a SUMMARY")
            return Given(Sample("", found[1].strip().replace("\\,", ",")), None, text)
        mail = parse_mail(raw)
    except (OSError, UnreadableError) as error:
        raise TerminalError(f"{file} cannot be read: {error}") from None
    sample = teaching.sample_of(mail)
    if not within(mail.head.from_address or "", world.settings.school.domains):
        click.echo(f"Note: it comes from {mail.head.from_address}, which is not in school.domains.", err=True)
    return Given(sample, mail, "")


def _ask_kind() -> str:
    kinds = [kind for kind in teaching.GROUPS if kind != teaching.SESSION]
    return str(click.prompt("What is it", type=click.Choice(kinds)))


def _values(world: World, kind: str, sample: Sample, values: Mapping[str, str], *, ask: bool) -> dict[str, str]:
    """What was given, or guessed and confirmed."""
    names = [learner.name for learner in world.store.people.all()]
    never = frozenset({*world.settings.mentor.addresses, world.settings.school.support.lower()})
    guessed = teaching.guesses(kind, sample, names, never)
    found = {**({} if ask else guessed), **values}
    for group in teaching.GROUPS[kind]:
        if ask and group not in found:
            needed = "" if group in teaching.NEEDED else " (empty: it has none)"
            found[group] = click.prompt(f"{group}, as it stands in the sample{needed}", default=guessed.get(group, ""))
    return {group: value for group, value in found.items() if value}


def _language(sample: Sample) -> Language:
    words = set(re.findall(r"[a-zé]+", sample.body.lower()))
    french, english = words & {"le", "la", "vous", "est", "de", "votre"}, words & {"the", "you", "is", "of", "your"}
    return Language.FR if len(french) >= len(english) else Language.EN


def _alone(entry: Entry, world: World) -> str:
    """A file of this entry alone, with the shipped words."""
    return f"{entry.toml}\n{_words(_current(world))}"


def _words(text: str) -> str:
    """The tables behind the entries: funding words and the words of answers."""
    found = re.search(r"^\[funding_words\]", text, re.MULTILINE)
    return text[found.start() :] if found else ""


def _current(world: World) -> str:
    return (world.settings.recognisers or shipped("recognisers.toml")).read_text(encoding="utf-8")


def _extract(kind: str, given: Given, recognisers: Recognisers, world: World) -> dict[str, str]:
    """What a recogniser finds in a text, by group; empty when it does not fit."""
    if given.mail is None:
        learner = recognise_session(given.sample.body, recognisers)
        return {"learner": learner} if learner else {}
    domains = (*world.settings.school.domains, given.sample.sender_domain)
    if kind == teaching.ASSIGNMENT:
        excluded = {*world.settings.mentor.addresses, world.settings.school.support}
        found = recognise_assignment(given.mail, recognisers, school_domains=domains, excluded=excluded)
        if found is None:
            return {}
        values = {"name": found.name, "address": found.address, "path": found.path, "project": found.project}
        return {group: value for group, value in {**values, "funding": found.funding.value}.items() if value}
    notice = recognise_notice(given.mail, recognisers, school_domains=domains)
    if notice is None or notice.kind != kind:
        return {}
    values = {"learner": notice.learner, "date": notice.date, "since": notice.since, "until": notice.until}
    return {group: value for group, value in values.items() if value}


def _check(kind: str, given: Given, alone: Recognisers, chosen: Mapping[str, str], world: World) -> None:
    """The entry must find in its own sample what it was told. TerminalError otherwise: it would never do."""
    found = _extract(kind, given, alone, world)
    table("From the sample it would take", ["value", "found"], [[group, value] for group, value in found.items()])
    if wrong := _missed(found, chosen):
        raise TerminalError(
            f"the entry does not find {', '.join(wrong)} again: give a longer value, or adapt it by hand"
        )
    if "funding" in chosen and found.get("funding") == "unknown":
        click.echo(f"Note: “{chosen['funding']}” is in none of the [funding_words]; add it there.", err=True)


def _missed(found: Mapping[str, str], chosen: Mapping[str, str]) -> list[str]:
    """The values that were not found as they were given. Funding is a word for one of ours; a name loses its dot."""

    def plain(value: str) -> str:
        return value.lower().strip(" .,;:-–—|")

    return [g for g, value in chosen.items() if g != "funding" and plain(found.get(g, "")) != plain(value)]


def _show_others(world: World, kind: str, given: Given, alone: Recognisers, now: datetime) -> None:
    """What else it would have taken: a pattern that is too wide shows here, not in a letter."""
    if given.mail is None:
        rows = sorted(set(_events(world, alone, now)))
        title = "In the calendar it would match"
    else:
        rows = list(_mails(world, kind, given, alone, now))
        title = f"In the inbox of the last {HISTORY.days} days it would match"
    table(title, ["when", "what", "found"], [list(row) for row in rows[:SHOWN]])
    if len(rows) > SHOWN:
        click.echo(f"... and {len(rows) - SHOWN} more\n")


def _mails(world: World, kind: str, given: Given, alone: Recognisers, now: datetime) -> Iterator[tuple[str, str, str]]:
    cursor, more = None, True
    domains = (*world.settings.school.domains, given.sample.sender_domain)
    while more:
        delta = world.mailbox.poll(cursor, now - HISTORY)
        cursor, more = delta.cursor, delta.more
        for head in delta.heads:
            if not within(parse_head(head.headers).from_address or "", domains):
                continue
            try:
                mail = parse_mail(world.mailbox.fetch(head.ref))
            except UnreadableError:
                continue  # what cannot be read matches nothing
            found = _extract(kind, Given(teaching.sample_of(mail), mail, ""), alone, world)
            if found:
                yield local(head.received_at, world.zone), mail.head.subject, ", ".join(found.values())


def _events(world: World, alone: Recognisers, now: datetime) -> Iterator[tuple[str, str, str]]:
    learners = world.store.people.all()
    for item in (item for calendar in world.calendars.values() for item in calendar.poll(None).changed):
        try:
            occurrences = expand(item.ics, now - WINDOW, now + WINDOW, world.zone)
        except UnreadableError:
            continue  # `status` shows those
        for one in occurrences:
            written = recognise_session(one.summary, alone)
            if written:
                match = match_learner(written, one.attendees, learners)
                who = "several learners" if isinstance(match, list) and match else "nobody known"
                yield local(one.start, world.zone), one.summary, f"{written} ({getattr(match, 'name', who)})"


def _save(path: Path, world: World, entry: Entry, kind: str, given: Given, chosen: Mapping[str, str]) -> None:
    """Into the mentor's own recognisers, which become so by a copy of the shipped ones. The past is read again."""
    text = teaching.insert(_current(world), entry)
    found = _extract(kind, given, load_recognisers(text), world)
    if _missed(found, chosen):
        raise TerminalError("another entry of your recognisers takes this sample first: adapt it by hand")
    own = world.settings.recognisers or path.parent / "recognisers.toml"
    write_private(own, text)
    if world.settings.recognisers is None:
        write_private(path, _named(path.read_text(encoding="utf-8"), own.name))
        config.load(path)
    world.store.sources.forget_cursor("mailbox")
    for source in world.calendars:
        world.store.sources.forget_cursor(source)
    click.echo(f"Saved in {own}. The daemon takes it up at its next start, or on SIGHUP, and reads the past again.")


def _named(settings: str, name: str) -> str:
    """The settings with `recognisers` set: a key of the top level stands before the first table."""
    if "recognisers" in tomllib.loads(settings):
        return settings
    line = f'recognisers = "{name}"\n'
    first = re.search(r"^\[", settings, re.MULTILINE)
    cut = first.start() if first else len(settings)
    return f"{settings[:cut].rstrip()}\n{line}\n{settings[cut:]}"


def _anonymise(world: World, given: Given, chosen: Mapping[str, str], copy: Path) -> None:
    people = [chosen.get("name", ""), chosen.get("learner", ""), world.settings.mentor.name]
    names = anonymise.replacements([*people, *(learner.name for learner in world.store.people.all())])
    if given.mail is None:
        data = anonymise.anonymous_event(given.ics, names).encode()
    else:
        data = anonymise.anonymous_mail(given.mail, given.sample.body, names)
    write_private(copy, data.decode("utf-8"))
    click.echo(f"{copy}: a copy without persons. Read it before you share it.")
