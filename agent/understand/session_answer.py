"""What the mentor's answer to "how did the session go?" says: a status of the platform (R08) and the notes.

Absences and cancellations start letters and alerts, so a free answer gives one only when it says nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.model import SessionStatus
from agent.understand.lexicon import Lexicon, Phrase, has, made_of, plain, without
from agent.understand.mail import Attachment
from agent.understand.text import shorten
from agent.understand.verdict import Doubt

_STATUS_LINE = re.compile(r"^[ \t]*(?:statut|status)[ \t]*:[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
_NOTES_LABEL = re.compile(r"^[ \t]*notes?[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)
_BREAK = re.compile(r"[,.;:!\n]")
_FEW_WORDS = 12
_NAME_WORDS = 3
_MAX_NOTES = 400_000  # characters

TRANSCRIPT = "WEBVTT"
"""The line of the notes below which a transcript stands; agent.report.transcript knows it too."""

_VTT_TIMES = re.compile(r"\s*(?:\d+:)?\d{2}:\d{2}[.,]\d{3}\s+-->\s")
_VTT_BLOCK = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)\b")
_VTT_VOICE = re.compile(r"<v(?:\.[^ \t>]+)*[ \t]+([^<>]{1,100})>")
_VTT_TAG = re.compile(r"<[^<>]{0,200}>")


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """`status` is None exactly when `unclear` is set. Notes may be empty, also of a completed session."""

    status: SessionStatus | None
    notes: str = ""
    unclear: Doubt | None = None


def read_session_answer(text: str, attachments: Sequence[Attachment], lexicon: Lexicon) -> SessionAnswer:
    """Read the new text of an answer, and the text files that came with it."""
    files = [(file, notes_of_file(file)) for file in attachments if file.text]
    text = shorten(text.strip(), _MAX_NOTES)
    lines = _STATUS_LINE.findall(text)
    if lines:
        status, notes = _stated(lines, lexicon), _notes_after_status(text)
        return _answer(status, notes, files) if status else SessionAnswer(None, notes, Doubt.STATUS)
    label = _NOTES_LABEL.match(text)
    body = text[label.end() :].strip() if label else text
    if plain(body):
        status, notes, doubt = _free(body, lexicon)
    else:  # a transcript speaks of everything; notes in a file are read like notes in the mail
        written = "\n".join(notes for file, notes in files if not _is_transcript(file))
        doubt = Doubt.EMPTY if not files else Doubt.STATUS if _statuses(plain(written), lexicon) else None
        status, notes = None if doubt else SessionStatus.COMPLETED, ""
    return _answer(status, notes, files) if status else SessionAnswer(None, notes, doubt)


def vtt_text(text: str) -> str:
    """The words of a WebVTT or SubRip file without numbers, times and tags; "Speaker: words" where one is marked."""
    spoken = []
    for block in re.split(r"\n[ \t]*\n", text.strip()):
        if _VTT_BLOCK.match(block) and "-->" not in block:
            continue
        lines = block.split("\n")
        times = next((n for n, line in enumerate(lines) if _VTT_TIMES.match(line[:80])), None)
        words = lines if times is None else lines[times + 1 :]
        spoken += [_VTT_TAG.sub("", _VTT_VOICE.sub(r"\1: ", line)).strip() for line in words]
    return "\n".join(line for line in spoken if line)


def _answer(status: SessionStatus, notes: str, files: Sequence[tuple[Attachment, str]]) -> SessionAnswer:
    ordered = sorted(files, key=lambda one: _is_transcript(one[0]))  # all that follows its mark is a transcript
    everything = [notes, *(file_notes for _, file_notes in ordered)]
    return SessionAnswer(status, shorten("\n\n".join(part for part in everything if part), _MAX_NOTES))


def notes_of_file(file: Attachment) -> str:
    """The notes in a text file; those of a transcript below TRANSCRIPT."""
    text = (file.text or "").strip()
    return f"{TRANSCRIPT}\n\n{vtt_text(text)}" if _is_transcript(file) else text


def _is_transcript(file: Attachment) -> bool:
    return file.name.lower().endswith((".vtt", ".srt"))


def _stated(lines: list[str], lexicon: Lexicon) -> SessionStatus | None:
    """The one status that the "statut :" lines give, all the same and nothing else on them."""
    found = {_exactly(plain(line), lexicon) for line in lines}
    return found.pop() if len(found) == 1 else None


def _exactly(tokens: Phrase, lexicon: Lexicon) -> SessionStatus | None:
    statuses = _statuses(tokens, lexicon)
    if len(statuses) != 1:
        return None
    status = statuses.pop()
    said = lexicon.status[status] | lexicon.status[SessionStatus.CANCELLED]
    said = said if status is SessionStatus.CANCELLED_LATE else lexicon.status[status]
    return status if made_of(tokens, said, lexicon.late | lexicon.session_filler) else None


def _notes_after_status(text: str) -> str:
    rest = _STATUS_LINE.sub("", text).strip()
    return _NOTES_LABEL.sub("", rest, count=1).strip()


def _statuses(tokens: Phrase, lexicon: Lexicon) -> set[SessionStatus]:
    """Every status that the tokens speak of, in whatever sense; COMPLETED only beside no other."""
    found = {status for status, said in lexicon.status.items() if has(tokens, said)}
    late = SessionStatus.CANCELLED_LATE
    if SessionStatus.CANCELLED in found and (late in found or has(tokens, lexicon.late)):
        found = (found - {SessionStatus.CANCELLED}) | {late}
    return found - {SessionStatus.COMPLETED} or found


def _free(text: str, lexicon: Lexicon) -> tuple[SessionStatus | None, str, Doubt | None]:
    """Status, notes and doubt of an answer in the mentor's own words."""
    tokens = plain(text)
    statuses = _statuses(tokens, lexicon) - {SessionStatus.COMPLETED}
    if not statuses:
        return _completed(text, tokens, lexicon)
    if len(statuses) == 1 and len(tokens) <= _FEW_WORDS + 3 and _says_only(next(iter(statuses)), text, lexicon):
        return statuses.pop(), text if len(tokens) > 2 else "", None
    return None, text, Doubt.QUESTION if "?" in tokens else Doubt.STATUS


def _says_only(status: SessionStatus, text: str, lexicon: Lexicon) -> bool:
    said = lexicon.status[status] | lexicon.late | lexicon.not_held
    if status is SessionStatus.CANCELLED_LATE:
        said |= lexicon.status[SessionStatus.CANCELLED]
    rest = without(plain(text), said | lexicon.session_filler | lexicon.filler)
    if status is SessionStatus.MOVED:
        return all(token[0].isdigit() for token in without(rest, lexicon.when))
    # Names are in no lexicon: a few words that are written as names are let through.
    capital = [word for word in re.findall(r"[^\s,.;:!]+", text) if word[0].isupper()]
    names = {(token,) for word in capital for token in plain(word)}
    names -= lexicon.negation | lexicon.condition | lexicon.question | lexicon.when
    return len(rest) <= _NAME_WORDS and not without(rest, frozenset(names))


def _completed(text: str, tokens: Phrase, lexicon: Lexicon) -> tuple[SessionStatus | None, str, Doubt | None]:
    if made_of(tokens, lexicon.status[SessionStatus.COMPLETED], lexicon.session_filler | lexicon.filler):
        return SessionStatus.COMPLETED, "", None
    if has(tokens, lexicon.not_held) or plain(_BREAK.split(text.lstrip(), maxsplit=1)[0]) in lexicon.drop:
        return None, text, Doubt.STATUS  # "non, ...": whatever follows, it begins with a no
    if len(tokens) < _FEW_WORDS:
        if "?" in tokens:
            return None, text, Doubt.QUESTION
        if has(tokens, lexicon.later):
            return None, text, Doubt.LATER
        # Few words with a "not" in them may well say that there was no session.
        if len(tokens) < 4 or has(tokens, lexicon.negation | lexicon.perhaps_not):
            return None, text, Doubt.STATUS
    return SessionStatus.COMPLETED, text, None
