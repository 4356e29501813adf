"""Every call to a model: what it took, and what became of it. None of the words that went out or came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from agent.model.calls import Call, Habits, Outcome, Purpose
from agent.store.base import Connection, Row, iso, moment


@dataclass(frozen=True, slots=True)
class Drafting:
    """One report that a model was asked for, at an instant (UTC). `where`: the base URL."""

    at: datetime
    where: str
    outcome: Outcome
    why: str = ""
    learner_id: int | None = None
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took: tokens in and out together, and money in the currency of the prices."""

    calls: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Logged:
    """A call as it is remembered, with the draft it was for. `cost`: None where no price was set."""

    call: Call
    drafting: Drafting
    cost: Decimal | None = None


class Calls:
    """The tables writer_calls and writer_habits."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection

    def record(self, drafting: Drafting, calls: Sequence[tuple[Call, Decimal | None]]) -> None:
        """Remember the calls of one draft, each with its cost."""
        about: dict[str, object] = {
            "at": iso(drafting.at),
            "base_url": drafting.where,
            "outcome": drafting.outcome.value,
            "why": drafting.why,
            "learner_id": drafting.learner_id,
            "session_id": drafting.session_id,
        }
        with self._c.transaction():
            about["draft"] = 1 + (self._c.value("select max(draft) from writer_calls") or 0)
            for call, cost in calls:
                self._c.insert("writer_calls", {**about, **_columns(call), "cost": None if cost is None else str(cost)})

    def between(self, start: datetime, end: datetime) -> list[Logged]:
        """The calls from `start` until before `end`, oldest first."""
        sql = "select * from writer_calls where at >= ? and at < ? order by id"
        return [_logged(row) for row in self._c.rows(sql, iso(start), iso(end))]

    def spent(self, start: datetime, end: datetime) -> Spent:
        """What those calls took together."""
        sql = "select tokens_in + tokens_out as tokens, cost from writer_calls where at >= ? and at < ?"
        rows = self._c.rows(sql, iso(start), iso(end))
        costs = [Decimal(row["cost"]) for row in rows if row["cost"] is not None]
        return Spent(len(rows), sum(int(row["tokens"]) for row in rows), sum(costs, Decimal(0)))

    def failed_lately(self, where: str, model: str, since: datetime) -> int:
        """How many of the last drafts since then, without a break, got no answer at all from this model."""
        sql = (
            "select max(fault is null) as answered from writer_calls where base_url = ? and model = ? and at >= ?"
            " group by draft order by draft desc"
        )
        count = 0
        for row in self._c.rows(sql, where, model, iso(since)):
            if row["answered"]:
                break
            count += 1
        return count

    def habits(self, where: str, model: str, since: datetime) -> Habits | None:
        """What was learnt of a server since then; None: nothing, or what holds no longer."""
        sql = "select habits from writer_habits where base_url = ? and model = ? and learnt_at >= ?"
        row = self._c.row(sql, where, model, iso(since))
        try:
            return None if row is None else Habits.parse(row["habits"])
        except ValueError:
            return None  # written by another version

    def learn(self, where: str, model: str, habits: Habits, at: datetime, since: datetime) -> None:
        """Remember what a server takes. What was known since then is not renewed, or it would never be tried again."""
        if self.habits(where, model, since) == habits:
            return
        with self._c.transaction():
            self._c.execute("delete from writer_habits where base_url = ? and model = ?", where, model)
            row = {"base_url": where, "model": model, "habits": str(habits), "learnt_at": iso(at)}
            self._c.insert("writer_habits", row)


def _columns(call: Call) -> dict[str, object]:
    return {
        "purpose": call.purpose.value,
        "model": call.model,
        "prompt": call.prompt,
        "tokens_in": call.tokens_in,
        "tokens_out": call.tokens_out,
        "estimated": call.estimated,
        "seconds": round(call.seconds, 3),
        "fault": call.fault,
    }


def _logged(row: Row) -> Logged:
    call = Call(
        Purpose(row["purpose"]),
        row["model"],
        row["prompt"],
        row["tokens_in"],
        row["tokens_out"],
        bool(row["estimated"]),
        row["seconds"],
        row["fault"],
    )
    at = moment(str(row["at"]))
    about = Drafting(at, row["base_url"], Outcome(row["outcome"]), row["why"], row["learner_id"], row["session_id"])
    return Logged(call, about, None if row["cost"] is None else Decimal(row["cost"]))
