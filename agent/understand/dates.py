"""Dates in words, French and English, relative to an instant: "ce soir", "jusqu'au 12/12", "de lundi à mercredi".

A small grammar of our own. The date library that was tried behind it (dateparser 1.5.0) took 93 ms and 18 MB to import,
24 MB once used, knew neither "ce soir" nor any range, read "mardi 18h" as the 18th, "18 h 30" as 3:00, and saw dates in
"elle me manque de respect" and "je suis". Here a text that names two days, or one that does not exist (31/02), or one
that comes back ("tous les mardis"), gives nothing: who is not sure asks.

A day before its month (12/11 is 12 November). Days are whole, `end` never included; a said hour is its one minute, so
that "what begins then" reads `start <= instant < end` for both. All results are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.understand.date_words import DAY, WEEK, Atom, UnsureError, ahead, atoms, bare_days, returns
from agent.understand.text import folded

Span = tuple[datetime, datetime]

MINUTE = timedelta(minutes=1)
LONGEST_DAY = timedelta(hours=25)  # the night that summer time ends

_UNTIL = r"(?:jusqu'(?:a|au|en)|until|till|'?til|through)"
_BEFORE_UNTIL = re.compile(rf"\b{_UNTIL}\s(?:le\s|la\s|the\s)?$")
_BEFORE_SINCE = re.compile(
    r"\b(?:a partir d[eu]|a compter d[eu]|des|depuis|from|since|starting|as of)\s(?:le\s|la\s|the\s|on\s)?$"
)
_BEFORE_RANGE = re.compile(r"\b(?:du|de|des|d'|from|between|entre|depuis|since|a partir d[eu])\s?(?:le\s|la\s|the\s)?$")
_BETWEEN = re.compile(r"\b(?:between|entre)\s(?:le\s|the\s)?$")
_GAP_TO = re.compile(rf"\s?(?P<to>au|a|to|-|et|and|{_UNTIL})\s?(?:le\s|la\s|the\s)?")
_GAP_TIME = re.compile(r",?\s?(?:(?:a|at|vers|around|about|on|le|de|from|in the|la|des|session de)\s)?")


@dataclass(frozen=True, slots=True)
class When:
    """What a text says of time, UTC; None where that side is open ("until Friday" has no start)."""

    start: datetime | None
    end: datetime | None


def moment(text: str, now: datetime, zone: ZoneInfo) -> Span | None:
    """A day with an hour (its minute), or a day alone (the whole of it), or an hour today. None when not sure."""
    said = when(text, now, zone)
    if said is None or said.start is None or said.end is None or said.end - said.start > LONGEST_DAY:
        return None
    return said.start, said.end


def when(text: str, now: datetime, zone: ZoneInfo, *, past: bool = False) -> When | None:
    """Everything a text says of time, as one period; None when it says nothing, or nothing that is sure.

    `past`: a weekday without a date is the latest one, today included, and not the coming one.
    """
    flat = folded(text)
    if returns(flat):
        return None
    today = now.astimezone(zone).date()
    try:
        if bare := bare_days(flat, today):
            return When(_midnight(bare[0], zone) if bare[0] else None, _midnight(bare[1] + DAY, zone))
        return _one(_Sentence(flat, today, zone).bounded(_with_hours(flat, atoms(flat, today, past=past))))
    except (UnsureError, OverflowError):
        return None


def unsure(text: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a text names days and it is not sure which: several, one that does not exist, one that comes back."""
    if when(text, now, zone) is not None:
        return False
    flat = folded(text)
    try:
        return returns(flat) or any(one.first for one in atoms(flat, now.astimezone(zone).date(), past=False))
    except (UnsureError, OverflowError):
        return True


def _with_hours(text: str, found: list[Atom]) -> list[Atom]:
    """Days and the hours beside them as one; a part of a day without a day says nothing."""
    joined: list[Atom] = []
    for atom in found:
        gap = text[joined[-1].end : atom.begin] if joined else ""
        if joined and _GAP_TIME.fullmatch(gap) and (both := _together(joined[-1], atom)):
            joined[-1] = both
        else:
            joined.append(atom)
    return [atom for atom in joined if atom.first or atom.hours]


def _together(one: Atom, other: Atom) -> Atom | None:
    """A day and an hour, in either order; None where both are the same kind, or the day is several days."""
    day, rest = (one, other) if one.first else (other, one)
    if day.first is None or day.first != day.last or rest.first is not None or (rest.hours and day.hours):
        return None
    if one is not day and one.hours is None:
        return None  # "evening Tuesday" is nobody's order
    return Atom(one.begin, other.end, day.first, day.last, rest.hours or day.hours, rest.part or day.part)


class _Sentence:
    """The bounds of what one folded text says, by the words before and between its expressions."""

    def __init__(self, text: str, today: date, zone: ZoneInfo) -> None:
        self.text = text
        self.today = today
        self.zone = zone

    def bounded(self, atoms: list[Atom]) -> list[When]:
        """The atoms as periods, by the words before and between them."""
        found: list[When] = []
        at = 0
        while at < len(atoms):
            atom, before = atoms[at], ahead(self.text, atoms[at].begin)
            if at + 1 < len(atoms) and self._makes_range(before, atom, atoms[at + 1]):
                later = self._not_before(atoms[at + 1], atom)
                found.append(When(self._start(atom), self._stop(later)))
                at += 2
                continue
            if _BEFORE_UNTIL.search(before):
                found.append(When(None, self._stop(atom)))
            elif atom.open_end or (atom.first == atom.last and _BEFORE_SINCE.search(before)):
                found.append(When(self._start(atom), None))
            else:
                found.append(When(self._start(atom), self._over(atom)))
            at += 1
        return found

    def _makes_range(self, before: str, first: Atom, second: Atom) -> bool:
        gap = _GAP_TO.fullmatch(self.text[first.end : second.begin])
        if gap is None or not (first.first and second.first):
            return False
        if gap["to"] in {"et", "and"}:
            return _BETWEEN.search(before) is not None
        return gap["to"] != "a" or _BEFORE_RANGE.search(before) is not None

    def _not_before(self, later: Atom, first: Atom) -> Atom:
        """ "de jeudi à mardi": the second day is the first such one after the first."""
        if later.weekday is None or later.first is None or first.first is None:
            return later
        if first.first <= later.first < first.first + WEEK:
            return later
        day = first.first + ((later.weekday - first.first.weekday()) % 7) * DAY
        return replace(later, first=day, last=day)

    def _start(self, atom: Atom) -> datetime:
        day = atom.first or self.today
        if atom.hours:
            return self._at(day, atom.hours[0])
        return self._at(day, time(atom.part[0])) if atom.part else _midnight(day, self.zone)

    def _over(self, atom: Atom) -> datetime:
        """The end of an atom that stands alone."""
        if atom.hours:
            return self._at(atom.first or self.today, atom.hours[1]) if atom.hours[1] else self._start(atom) + MINUTE
        return self._stop(atom)

    def _stop(self, atom: Atom) -> datetime:
        """The end of what lasts until an atom."""
        day = atom.last or self.today
        if atom.hours:
            return self._at(day, atom.hours[1] or atom.hours[0])
        if atom.part and atom.part[1] < 24:
            return self._at(day, time(atom.part[1]))
        return _midnight(day + DAY, self.zone)

    def _at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone).astimezone(UTC)


def _one(found: list[When]) -> When | None:
    """The single period that all say. A start beside an "until" are one."""
    different = list(dict.fromkeys(found))
    if len(different) == 2:
        ends = [one for one in different if one.start is None]
        starts = [one for one in different if one.start is not None]
        if len(ends) == 1 and len(starts) == 1:
            different = [When(starts[0].start, ends[0].end)]
    if len(different) != 1:
        return None
    one = different[0]
    return None if one.start and one.end and one.start >= one.end else one


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
