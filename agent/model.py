"""The values everything speaks in. Frozen, plain, importing nothing of ours.

Every datetime is aware and in UTC; the mentor's zone appears only where text is rendered or weeks are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

REPLY_MARKER = "— répondez au-dessus de cette ligne · reply above this line —"
"""First line of every mail that asks the mentor something: what stands below it in an answer is quotation."""


class Language(StrEnum):
    """Language of a text that people receive."""

    FR = "fr"
    EN = "en"


class Audience(StrEnum):
    """Who a letter is for. There is no fourth (promise P4)."""

    LEARNER = "learner"
    SUPPORT = "support"
    MENTOR = "mentor"


class Funding(StrEnum):
    """How a learner's training is paid; it sets the session's length."""

    SELF_FUNDED = "self_funded"
    FUNDED = "funded"
    APPRENTICESHIP = "apprenticeship"
    SOCIAL = "social"
    UNKNOWN = "unknown"


class SessionStatus(StrEnum):
    """The platform's own statuses (R08)."""

    COMPLETED = "completed"
    ABSENT = "absent"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled_late"
    MOVED = "moved"


class RuleMode(StrEnum):
    """What a rule may do by itself: send, propose, or nothing."""

    AUTO = "auto"
    APPROVE = "approve"
    OFF = "off"


class RequestKind(StrEnum):
    """What the mentor is asked."""

    SESSION = "session"  # how did the session go?
    REPORT = "report"  # is this report right?
    LETTER = "letter"  # may this letter go?
    ASSIGNMENT = "assignment"  # is this assignment genuine?
    UNCERTAIN = "uncertain"  # a letter may have gone: send it again?
    CEILING = "ceiling"  # unusually many letters: go on?
    EMPTIED = "emptied"  # a source is suddenly empty: is that true?


class RequestState(StrEnum):
    """Life of a request. Only WAITING can be answered."""

    WAITING = "waiting"
    REDO = "redo"  # answered; another version is to be made
    APPROVED = "approved"
    DROPPED = "dropped"  # the mentor said no
    ANSWERED = "answered"  # a question that got its answer
    WITHDRAWN = "withdrawn"  # its reason went away


class Proof(StrEnum):
    """Why a message is believed to come from whom it says (P2, RFC 7489, RFC 8601)."""

    SENT_FOLDER = "sent_folder"
    DMARC = "dmarc"
    LOCAL = "local"  # the settings declare the mailbox itself trustworthy
    COMMAND = "command"  # typed by the mentor at the command line
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Learner:
    """A person who is mentored. `assigned_at` is when the school's assignment was received."""

    id: int
    name: str
    address: str | None
    assigned_at: datetime
    path: str | None = None
    project: str | None = None
    funding: Funding = Funding.UNKNOWN
    language: Language = Language.FR
    informal: bool = False  # "tu" was agreed (R02)

    @property
    def first_name(self) -> str:
        """The first word of the name: "Anne-Sophie" for "Anne-Sophie Petit"."""
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, slots=True)
class Session:
    """One occurrence in the calendar. `key` survives a move (uid and RECURRENCE-ID, RFC 5545 3.8.4.4)."""

    id: int
    key: str
    learner_id: int | None
    start: datetime
    end: datetime
    summary: str
    gone: bool = False  # cancelled or deleted before it took place
    status: SessionStatus | None = None
    notes: str | None = None
    notes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a request, as the mentor sees it. `token` is its unguessable id (P2)."""

    number: int
    token: str
    subject: str
    text: str
    writer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """Something that waits for the mentor's word. `not_before`: an approved letter leaves no sooner."""

    id: int
    key: str
    kind: RequestKind
    rule: str
    state: RequestState
    learner_id: int | None
    session_id: int | None
    created_at: datetime
    version: Version
    audience: Audience = Audience.MENTOR
    deadline: datetime | None = None
    not_before: datetime | None = None
    instruction: str | None = None  # with REDO: what to change, or the mentor's own text
    replaced: bool = False  # with REDO: `instruction` is the whole new text
    subject_key: str | None = None  # what the answer acts on: an outbox key, an assignment's fact key


@dataclass(frozen=True, slots=True)
class SeenLetter:
    """A mail found in the mentor's Sent folder, addressed to the learner."""

    at: datetime
    key: str | None  # the outbox key when it is one of ours


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All a policy may know of one learner. Sessions are in time order."""

    learner: Learner
    sessions: tuple[Session, ...] = ()
    requests: tuple[Request, ...] = ()
    letters: tuple[SeenLetter, ...] = ()
    done: frozenset[str] = frozenset()  # outbox keys that exist, whatever their state
    watch_since: datetime | None = None  # the agent's first look: older debts are not its own

    def request(self, key: str) -> Request | None:
        """The request with this key, open or not."""
        return next((r for r in self.requests if r.key == key), None)


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of the school, as data: `numbers` are named in guidelines.toml (hours, days, counts)."""

    id: str
    section: str
    text: Mapping[str, str]  # by language
    numbers: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def hours(self, name: str) -> timedelta:
        """The number `name`, in hours. KeyError if the guidelines lack it."""
        return timedelta(hours=self.numbers[name])


class Act(StrEnum):
    """What the outbox side can do for an obligation."""

    LETTER = "letter"  # to a learner or support; its rule's setting decides auto or approve
    ASK = "ask"  # a question to the mentor
    DRAFT = "draft"  # a report, shown to the mentor
    REMIND = "remind"
    HAND_OVER = "hand_over"  # the approved report, ready to paste


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed now. `key` names it for ever: what has a key is performed at most once."""

    key: str
    rule: str
    act: Act
    learner_id: int
    reason: str  # English, for `explain`; facts and dates
    audience: Audience = Audience.MENTOR
    session_id: int | None = None
    due: datetime | None = None
    not_before: datetime | None = None  # even approved, it leaves no sooner
    template: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that asks nothing now, and why (P10)."""

    rule: str
    reason: str
    session_id: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one policy says of one learner at one instant."""

    hits: tuple[Obligation, ...] = ()
    misses: tuple[Miss, ...] = ()
    look_again: datetime | None = None  # UTC; None: only a new fact can change the answer
    standing: frozenset[str] = frozenset()  # keys still justified though nothing is owed: requests not to withdraw


@dataclass(frozen=True, slots=True)
class Assignment:
    """The school gave a learner to the mentor."""

    name: str
    address: str
    path: str | None = None
    project: str | None = None
    funding: Funding = Funding.UNKNOWN
    language: Language = Language.FR


@dataclass(frozen=True, slots=True)
class Slot:
    """A proposed appointment, UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is given. Notes are data, never instructions (P6). Times are UTC, `timezone` an IANA name."""

    language: Language
    first_name: str
    status: SessionStatus
    start: datetime
    end: datetime
    timezone: str
    notes: str
    project: str | None = None
    mentor_name: str = ""
    known_names: tuple[str, ...] = ()  # every name to hide from a model: this learner's, the others', the mentor's
    instruction: str | None = None  # the mentor's "refaire: ..."
    previous: str | None = None  # the version it applies to


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a report, with where it comes from (P7)."""

    text: str
    source: str | None  # the words of the notes, or "fact:<name>"
    doubt: str | None = None  # why the mentor must look at it; None: grounded


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a report."""

    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A drafted report. `fallback` says why the chosen writer did not write it, or is None."""

    sections: tuple[Section, ...]
    writer: str
    fallback: str | None = None

    @property
    def doubts(self) -> tuple[Sentence, ...]:
        """The sentences that the mentor must look at before approving."""
        return tuple(s for section in self.sections for s in section.sentences if s.doubt)
