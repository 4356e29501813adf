"""The shape of the database, in numbered steps. A step that has shipped is never edited: a new one follows it."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("mentor-agent")


@migrations(name="0001_first_shape")
def first_shape(db: Database) -> None:
    """Everything the road from assignment to report needs. Times are ISO 8601 in UTC, whole seconds, so they sort."""
    for statement in FIRST_SHAPE.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations(name="0002_what_every_tick_asks")
def what_every_tick_asks(db: Database) -> None:
    """An idle tick must not read years of letters, or of answers, to learn that all is settled."""
    db.execute("create index outbox_copied on outbox(state, copied)")
    db.execute("create index facts_recorded on facts(kind, recorded_at)")


@migrations(name="0003_what_is_reported")
def what_is_reported(db: Database) -> None:
    """Situations, what the rules of the whole domain need to know of learners and sessions, and quick histories."""
    for statement in WHAT_IS_REPORTED.split(";\n"):
        if statement.strip():
            db.execute(statement)


@migrations(name="0004_when_an_object_is_read_again")
def when_an_object_is_read_again(db: Database) -> None:
    """A calendar object is expanded again when it can show something new, not every day."""
    db.execute("alter table objects add column again_at text default '0'")  # '0': at once; null: never
    db.execute("create index objects_again on objects(again_at) where again_at is not null")


@migrations(name="0005_ceilings_and_offers")
def ceilings_and_offers(db: Database) -> None:
    """Each letter to others is counted, and each answer looks for the slots of its letter: neither reads all."""
    db.execute("create index outbox_to_others on outbox(coalesce(settled_at, created_at)) where audience != 'mentor'")
    db.execute("create index held_slots_letter on held_slots(outbox_key)")


@migrations(name="0006_answers_put_off")
def answers_put_off(db: Database) -> None:
    """A request that the mentor answers later is shown again; a tick must not read every request to find it."""
    db.execute("alter table requests add column asleep_until text")
    db.execute("create index requests_asleep on requests(asleep_until) where asleep_until is not null")


@migrations(name="0007_calls_to_a_model")
def calls_to_a_model(db: Database) -> None:
    """What each call to a model took and led to, without its words; and what each server was found to take."""
    for statement in CALLS_TO_A_MODEL.split(";\n"):
        if statement.strip():
            db.execute(statement)


CALLS_TO_A_MODEL = """
create table writer_calls (
  id integer primary key, draft integer not null, at text not null, base_url text not null, model text not null,
  prompt text not null, purpose text not null, tokens_in integer not null, tokens_out integer not null,
  estimated integer not null,
  seconds real not null, cost text, fault text, outcome text not null, why text not null,
  learner_id integer references learners(id), session_id integer references sessions(id)
);
create index writer_calls_at on writer_calls(at);
create table writer_habits (
  base_url text not null, model text not null, habits text not null, learnt_at text not null,
  primary key (base_url, model)
)
"""

WHAT_IS_REPORTED = """
create table situations (
  id integer primary key, source text not null unique, matter text not null, at text not null, by text not null,
  words text not null, proof text not null, learner_id integer references learners(id),
  session_id integer references sessions(id), since text, until text, project text, number real, agreed integer,
  taken_back_at text
);
create index situations_learner on situations(learner_id, at);
alter table learners add column evenings integer not null default 0;
alter table learners add column zone text;
alter table learners add column funded_from text;
alter table learners add column funded_until text;
alter table learners add column left_at text;
alter table sessions add column planned text;
alter table sessions add column hosts text not null default '';
update sessions set planned = start;
alter table held_slots add column taken_back integer not null default 0;
create index held_slots_learner on held_slots(learner_id, start);
create index facts_letters on facts(learner_id, kind, at);
create index outbox_history on outbox(learner_id, created_at);
create index requests_history on requests(learner_id, created_at)
"""

FIRST_SHAPE = """
create table meta (key text primary key, value text not null);
create table facts (
  id integer primary key, key text not null unique, kind text not null, learner_id integer references learners(id),
  at text not null, recorded_at text not null, proof text not null default '', detail text not null default '{}'
);
create index facts_kind on facts(kind, learner_id);
create table learners (
  id integer primary key, name text not null, address text unique, path text, project text, funding text not null,
  language text not null, informal integer not null default 0, assigned_at text not null, look_at text
);
create index learners_look_at on learners(look_at) where look_at is not null;
create table objects (href text primary key, etag text not null, ics text not null);
create table sessions (
  id integer primary key, key text not null unique, href text not null, learner_id integer references learners(id),
  written_name text not null, start text not null, end text not null, summary text not null,
  gone integer not null default 0, status text, status_at text, notes text, notes_at text
);
create index sessions_learner on sessions(learner_id, start);
create index sessions_href on sessions(href);
create table busy (href text not null, start text not null, end text not null);
create index busy_start on busy(start);
create index busy_href on busy(href);
create table requests (
  id integer primary key, key text not null unique, kind text not null, rule text not null, state text not null,
  learner_id integer references learners(id), session_id integer references sessions(id), audience text not null,
  created_at text not null, deadline text, not_before text, instruction text, replaced integer not null default 0,
  subject_key text, answered_at text, answer_proof text
);
create index requests_open on requests(state, kind);
create index requests_learner on requests(learner_id);
create table versions (
  id integer primary key, request_id integer not null references requests(id), number integer not null,
  token text not null unique, subject text not null, text text not null, writer text not null,
  created_at text not null, unique (request_id, number)
);
create table outbox (
  id integer primary key, key text not null unique, ref text not null unique, rule text not null,
  audience text not null, recipient text not null, learner_id integer references learners(id),
  request_id integer references requests(id), subject text not null, text text not null,
  message_id text not null unique, raw blob not null, state text not null, created_at text not null,
  next_try text not null, settled_at text, seen_at text, copied integer not null default 0,
  attempts integer not null default 0, last_error text
);
create index outbox_state on outbox(state, next_try);
create index outbox_learner on outbox(learner_id);
create table held_slots (outbox_key text not null, learner_id integer not null, start text not null, end text not null);
create index held_slots_start on held_slots(start);
create table sources (
  name text primary key, cursor text, last_success text, failing_since text, last_error text,
  failures integer not null default 0, next_try text, halted text
);
create table parked (
  id integer primary key, key text not null unique, what text not null, reason text not null, advice text not null,
  at text not null
);
"""
