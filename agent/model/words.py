"""The words of the field: every closed list of values."""

from __future__ import annotations

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
    CONTEXT = "context"  # why was no session planned?
    PROGRESS = "progress"  # how far is the learner?
    OUTCOME = "outcome"  # did the learner come back?
    AGREED = "agreed"  # did the learner agree?
    CONFLICT = "conflict"  # was the learner there, though they had said otherwise?
    WHICH = "which"  # who, or what, is meant?
    NOTED = "noted"  # what was understood; a "no" takes it back


class RequestState(StrEnum):
    """Life of a request. Only WAITING can be answered."""

    WAITING = "waiting"
    REDO = "redo"  # answered; another version is to be made
    APPROVED = "approved"
    DROPPED = "dropped"  # the mentor said no
    ANSWERED = "answered"  # a question that got its answer
    WITHDRAWN = "withdrawn"  # its reason went away


class Proof(StrEnum):
    """Why a message is believed to come from whom it says (P2, RFC 6376, RFC 7489, RFC 8601)."""

    SENT_FOLDER = "sent_folder"
    DMARC = "dmarc"
    DKIM = "dkim"  # its author's domain signed it (RFC 6376), verified here
    LOCAL = "local"  # the settings declare the mailbox itself trustworthy
    COMMAND = "command"  # typed by the mentor at the command line
    NONE = "none"


class Act(StrEnum):
    """What can be done for an obligation."""

    LETTER = "letter"  # to a learner or support; its rule's setting decides auto or approve
    ASK = "ask"  # how did the session go?
    DRAFT = "draft"  # a report, shown to the mentor
    REMIND = "remind"
    HAND_OVER = "hand_over"  # the approved report, ready to paste
    NOTICE = "notice"  # a mail to the mentor that wants no answer
    QUESTION = "question"  # a mail to the mentor that waits for one
    BOOK = "book"  # the slot that a learner chose: into the calendar, confirmed
    DIGEST = "digest"  # the week in figures, to the mentor


class Party(StrEnum):
    """Who said something, or has to."""

    MENTOR = "mentor"
    LEARNER = "learner"
    SCHOOL = "school"


class Matter(StrEnum):
    """What a mentor, a learner or the school can report. The first thirteen stand in the responsibility matrix."""

    AWAY = "away"  # the mentor, for some days
    DELAY = "delay"  # of the learner's progress
    DISRESPECT = "disrespect"
    PLAGIARISM = "plagiarism"
    EXCEPTIONAL = "exceptional"  # a death, a sudden hospitalisation
    DISENGAGEMENT = "disengagement"  # motivation or involvement lost
    DROPOUT = "dropout"  # thinks of giving up
    RESOURCES = "resources"  # needs more of them
    TWO_SESSIONS = "two_sessions"  # a week
    ADMINISTRATION = "administration"
    DISABILITY = "disability"  # RQTH
    ILLNESS = "illness"
    LEAVE = "leave"

    ABSENT = "absent"  # from a session that is over
    ANNOUNCED = "announced"  # an absence from a session to come, said in advance
    JUSTIFIED = "justified"  # an absence, for a period (R11)
    LATE_ARRIVAL = "late_arrival"
    CUT_SHORT = "cut_short"
    EMERGENCY = "emergency"  # the mentor cannot hold one session
    CONTEXT = "context"  # why no session was planned
    PROGRESS = "progress"  # of the current project, in percent
    PROJECT_DONE = "project_done"
    INFORMAL = "informal"  # "tu" was agreed (R02)
    EVENINGS = "evenings"  # evenings and weekends were agreed (R25)
    EXTRA_APPROVED = "extra_approved"  # a second session in a week, by the advisor (R21)
    BACK = "back"  # the learner is
    LEFT = "left"  # the learner has: finished, gone or excluded
    CHOSEN = "chosen"  # one of the slots on offer
    DECLINED = "declined"  # all of them
    MOVE = "move"  # asks for another time


MATRIX = tuple(Matter)[:13]
"""The matters of which the school says who contacts support."""
