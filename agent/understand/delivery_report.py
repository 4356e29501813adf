"""What a delivery report says (RFC 3464, or in prose): which letter, which recipients, what became of them, and why.

Anybody can write one. What is read here is a claim; agent.bounces believes it only of a letter of ours that it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.connectors.ports import KEY_HEADER
from agent.understand.machine_words import MachineWords, shipped
from agent.understand.mail import Mail
from agent.understand.text import folded, one_line

_MAX_PROSE = 20_000  # characters of a report's own text
_MAX_STATUS = 200_000
_MAX_SAID = 400
_MAX_BLOCKS = 100
_COPIED = ("message/rfc822", "text/rfc822-headers")
_MESSAGE_ID = re.compile(r"^Message-ID:\s{0,9}(<[^<>\s]{1,900}>)", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(rf"^{KEY_HEADER}:\s{{0,9}}([!-~]{{1,100}})", re.MULTILINE | re.IGNORECASE)
_RECIPIENT = re.compile(
    r"^(?:Final|Original)-Recipient:[^;\n]{0,100};\s{0,9}<?([^\s<>;]+@[^\s<>;]+)", re.MULTILINE | re.IGNORECASE
)
_ACTION = re.compile(r"^Action:\s{0,9}([a-z]+)", re.MULTILINE | re.IGNORECASE)
_STATUS = re.compile(r"^Status:\s{0,9}([245]\.\d{1,3}\.\d{1,3})", re.MULTILINE | re.IGNORECASE)
_DIAGNOSTIC = re.compile(r"^Diagnostic-Code:[ \t]*(?:[a-z0-9-]+;)?([^\n]*)", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_FOLD = re.compile(r"\n[ \t]+")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:']{1,64}@[^\s<>()\[\]\",;:']{1,255}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recipient. Addresses lower-case; `status` an enhanced status code (RFC 3463) or ""."""

    recipients: tuple[str, ...]  # final and original (RFC 3464 2.3.1, 2.3.2)
    action: str  # lower-case; "" where the report does not say
    status: str
    said: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `failed` and `delayed`: what its own prose says, where no machine-readable part does."""

    message_ids: tuple[str, ...] = ()  # with angle brackets: what may be the returned letter's
    returned: bool = False  # a copy of a letter, or of its header, comes with it
    keys: tuple[str, ...] = ()  # our key header of the returned letter
    outcomes: tuple[Outcome, ...] = ()
    prose: str = ""
    failed: bool = False
    delayed: bool = False

    def failure(self, address: str) -> Outcome | None:
        """How the delivery to this lower-case address failed; None if the report does not say that it did."""
        named = [outcome for outcome in self.outcomes if address in outcome.recipients]
        if named:
            return next((outcome for outcome in named if outcome.action in {"failed", ""}), None)
        in_prose = address in {found.lower().rstrip(".") for found in _ADDRESS.findall(self.prose)}
        if not in_prose or not self.failed or any(outcome.action for outcome in self.outcomes):
            return None
        return Outcome((address,), "failed", _code(self.prose), self.prose)

    def late(self, address: str) -> bool:
        """Whether the report says that delivery to this lower-case address is delayed."""
        if self.outcomes:
            return any(o.action == "delayed" for o in self.outcomes if address in o.recipients)
        return address in self.prose.lower()


def report(mail: Mail, words: MachineWords) -> Report:
    """Read a report. Never raises; what is not there is empty."""
    copied = [part.text for part in mail.machine_parts if part.media_type in _COPIED]
    everything = "\n".join([*copied, mail.text[:_MAX_PROSE]])  # failures in prose quote the original below
    answered = (mail.head.in_reply_to, *reversed(mail.head.references))
    ids = (*_MESSAGE_ID.findall(everything), *answered)
    prose = _own(mail.text[:_MAX_PROSE], words)
    outcomes = _outcomes(mail, prose)
    flat = folded(prose)
    return Report(
        message_ids=tuple(dict.fromkeys(one for one in ids if one))[:20],
        returned=bool(copied) or _MESSAGE_ID.search(everything) is not None,
        keys=tuple(dict.fromkeys(_KEY.findall(everything)))[:20],
        outcomes=outcomes,
        prose=prose,
        failed=any(word in flat for word in words.failed),
        delayed=any(word in flat for word in words.delayed),
    )


def failed_recipients(mail: Mail) -> tuple[str, ...]:
    """Lower-case addresses that a report calls failed, each once; none for a mere delay (RFC 3464 2.3.3)."""
    failed = (outcome for outcome in report(mail, shipped()).outcomes if outcome.action in {"failed", ""})
    return tuple(dict.fromkeys(address for outcome in failed for address in outcome.recipients))


def _outcomes(mail: Mail, prose: str) -> tuple[Outcome, ...]:
    found = []
    for part in mail.machine_parts:
        if part.media_type == "message/delivery-status":
            found += [_outcome(block) for block in _blocks(part.text)]
    if not any(outcome.recipients for outcome in found) and _RECIPIENT.search(mail.text[:_MAX_PROSE]):
        found = [_outcome(block) for block in _blocks(mail.text[:_MAX_PROSE])]  # poor servers write it as plain text
    for value in mail.head.values("x-failed-recipients"):
        known = {address for outcome in found for address in outcome.recipients}
        failed = tuple(word.lower() for word in re.split(r"[\s,<>;]+", value)[:50] if "@" in word)
        if failed and not known.intersection(failed):
            found.append(Outcome(failed, "failed", _code(prose), prose))
    return tuple(outcome for outcome in found if outcome.recipients)


def _blocks(text: str) -> list[str]:
    return re.split(r"\n[ \t]*\n", _FOLD.sub(" ", text[:_MAX_STATUS].replace("\r", "")))[:_MAX_BLOCKS]


def _outcome(block: str) -> Outcome:
    action, status, said = _ACTION.search(block), _STATUS.search(block), _DIAGNOSTIC.search(block)
    diagnostic = one_line(said[1])[:_MAX_SAID] if said else ""
    code = status[1] if status else ""
    if not code or code.endswith(".0.0"):  # "5.0.0" says nothing: the server's own words may
        code = _code(diagnostic) or code
    recipients = tuple(dict.fromkeys(address.lower() for address in _RECIPIENT.findall(block)[:4]))
    return Outcome(recipients, action[1].lower() if action else "", code, diagnostic)


def _own(text: str, words: MachineWords) -> str:
    """The report's own text: all above the copy of the letter."""
    kept = []
    for line in text.split("\n"):
        if folded(line).startswith(words.copies):
            break
        kept.append(line)
    return one_line("\n".join(kept))


def _code(text: str) -> str:
    match = _CODE.search(text)
    return match[1] if match else ""
