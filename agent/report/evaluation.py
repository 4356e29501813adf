"""How well a writer does on the shipped set of invented notes (agent/report/eval), so that a mentor can choose one.

Every figure is counted without a model. What is measured is the writer's own report, even where a draft would have been
the built-in writer's instead; how often that happened is a figure of its own.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from agent.connectors.ports import Writer
from agent.model import Brief, GoalOutcome, Language, Report, SessionStatus
from agent.model.calls import Call, Outcome, Terms
from agent.report.check_whole import claims
from agent.report.draft import draft
from agent.report.privacy import conceal
from agent.report.prompt import messages
from agent.report.text import flat
from agent.report.wording import Wording, shipped

FOLDER = Path(__file__).parent / "eval"


@dataclass(frozen=True, slots=True)
class Case:
    """One session of the set. `expects`: points, each told by any of its words; all words as written."""

    name: str
    brief: Brief
    expects: tuple[tuple[str, ...], ...]
    own: tuple[str, ...]
    private: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """One writer on one case. Shares are 0 to 1, and 0 where there is no report.

    `grounded`: sentences without a doubt. `complete`: expected points told without one. `personal`: sentences with a
    word of this session. `private`: whether nothing private left or was told. `seconds`: of the calls, or of the
    built-in writer.
    """

    case: str
    outcome: Outcome
    why: str
    grounded: float
    complete: float
    personal: float
    private: bool
    seconds: float
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A writer on the whole set. `kept`: drafts that were its own in the end. `seconds`: median of a report."""

    writer: str
    cases: int
    kept: int
    grounded: float
    complete: float
    personal: float
    private: float
    seconds: float
    tokens: float
    results: tuple[Result, ...]


def cases(folder: Path = FOLDER) -> list[Case]:
    """The set, in the order of its files."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        found += [_case(data) for data in tomllib.loads(path.read_text(encoding="utf-8"))["case"]]
    return found


def evaluate(
    writer: Writer, builtin: Writer, seconds: float, told: Callable[[Case], None], chosen: Sequence[Case] | None = None
) -> Summary:
    """The writer on each case, `seconds` at most for one; `told` is called before each. A failure counts as nothing."""
    results, habits = [], None
    for case in cases() if chosen is None else chosen:
        told(case)
        began = time.monotonic()
        done = draft(case.brief, writer, builtin, terms=Terms(seconds, habits))
        took = time.monotonic() - began
        habits = done.habits or habits
        own = done.report if writer is builtin else done.answered
        outcome = Outcome.KEPT if writer is builtin else done.outcome
        spent = took if writer is builtin else sum(call.seconds for call in done.calls)
        left = "" if writer is builtin else _left(case.brief)
        results.append(_measured(case, own, left, (outcome, done.why), (spent, done.calls)))
    return _summary(writer.name, results)


def _measured(
    case: Case,
    report: Report | None,
    left: str,
    outcome: tuple[Outcome, str],
    spent: tuple[float, tuple[Call, ...]],
    wording: Wording | None = None,
) -> Result:
    wording = wording or shipped()
    said = claims(report) if report else []
    known = [goal for goal in report.goals if goal.outcome is not GoalOutcome.UNKNOWN] if report else []
    texts = [flat(s.text) for s in said]
    unmarked = " ".join(flat(s.text) for s in said if not s.doubt)
    told = " ".join((unmarked, *(flat(goal.text) for goal in known if not goal.doubt)))
    points = [any(flat(word) in told for word in point) for point in case.expects]
    wrong = [word for word in case.never if flat(word) in unmarked]
    hidden = [word for word in case.private if flat(word) in f"{left} {unmarked}"]
    own = [flat(word) for word in (*case.own, case.brief.first_name)]
    personal = [any(word in text for word in own) for text in texts]
    grounded = [s.doubt is None for s in said] + [False] * len(wrong)
    return Result(
        case.name,
        *outcome,
        _share(grounded),
        _share(points),
        _share(personal),
        not hidden,
        *spent,
    )


def _summary(name: str, results: list[Result]) -> Summary:
    return Summary(
        name,
        len(results),
        sum(r.outcome in {Outcome.KEPT, Outcome.REDONE} for r in results),
        _mean([r.grounded for r in results]),
        _mean([r.complete for r in results]),
        _mean([r.personal for r in results]),
        _mean([float(r.private) for r in results]),
        median(r.seconds for r in results) if results else 0.0,
        _mean([float(sum(c.tokens_in + c.tokens_out for c in r.calls)) for r in results]),
        tuple(results),
    )


def _left(brief: Brief) -> str:
    """What of a brief is sent to a model."""
    return flat(" ".join(message["content"] for message in messages(conceal(brief).brief)))


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _mean(figures: Sequence[float]) -> float:
    return sum(figures) / len(figures) if figures else 0.0


def _case(data: dict[str, Any]) -> Case:
    brief = Brief(
        language=Language(data["language"]),
        first_name=data["first_name"],
        status=SessionStatus.COMPLETED,
        start=datetime(2026, 3, 10, 17, 0, tzinfo=UTC),
        end=datetime(2026, 3, 10, 17, 45, tzinfo=UTC),
        timezone="Europe/Paris",
        notes=data["notes"].strip(),
        project=data["project"],
        mentor_name="Claire Martin",
        known_names=(*data["others"], "Claire Martin"),
        last_goals=tuple(data.get("last_goals", ())),
    )
    lists = {name: tuple(data.get(name, ())) for name in ("own", "private", "never")}
    return Case(data["name"], brief, tuple(map(tuple, data["expects"])), **lists)
