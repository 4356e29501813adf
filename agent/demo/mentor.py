"""The mentor of the demo at her mail program: she finds, answers, approves, presses buttons, and writes to herself."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

from agent.demo.mail import body, parse, same_signs
from agent.demo.people import at, short, written
from agent.demo.place import MENTOR, MENTOR_NAME, PARIS
from agent.demo.town import StoryError, Town

ME = f"{MENTOR_NAME} <{MENTOR}>"


@dataclass
class Mentor:
    """Claire Martin at her mail program. She answers what she finds in her inbox, in her own words or by a button."""

    town: Town
    answered: set[str] = field(default_factory=set)
    _read: dict[str, EmailMessage] = field(default_factory=dict)

    def finds(self, *words: str) -> EmailMessage:
        """The newest mail in the inbox with these words in its subject that she has not answered yet."""
        found = [mail for mail in self._inbox() if self._is_about(mail, words)]
        if not found:
            raise StoryError(f"{at(self.town)}: {MENTOR_NAME} expected a mail about “{' … '.join(words)}”; none came")
        return found[-1]

    def finds_nothing(self, *words: str) -> None:
        """She was right not to expect a mail with these words in its subject."""
        found = [mail for mail in self._inbox() if self._is_about(mail, words)]
        if found:
            raise StoryError(f"{at(self.town)}: nobody should have written “{found[-1]['Subject']}”")

    def reads(self, *words: str) -> str:
        """Look at such a mail, which wants no answer; its text, with plain signs."""
        found = self.finds(*words)
        self.answered.add(str(found["Message-ID"]))
        return same_signs(body(found))

    def writes(self, subject: str, text: str = "") -> None:
        """A line to herself, as she would tell a colleague what happened."""
        self.town.deliver(written(self.town, ME, subject, text), copy_in_sent=True, remark=short(text))

    def replies(self, mail: EmailMessage, text: str, notes: str = "") -> None:
        """Answer as mail programs do: her words above the quoted mail. `notes`: a text file that goes with it."""
        date = mail["Date"].datetime.astimezone(PARIS)
        quotation = "\n".join(f"> {line}" for line in body(mail).splitlines())
        head = f"Le {date:%d/%m/%Y à %H:%M}, {MENTOR_NAME} <{MENTOR}> a écrit :"
        reply = written(self.town, ME, f"Re: {mail['Subject']}", f"{text}\n\n{head}\n{quotation}")
        reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
        if notes:
            reply.add_attachment(notes, filename="notes.txt")
            reply.set_boundary(f"=_{reply['Message-ID'].strip('<>').partition('@')[0]}")
        self._sends(mail, reply, text + (" [notes.txt]" if notes else ""))

    def presses(self, mail: EmailMessage, label: str, more: str = "") -> None:
        """Touch a button of the mail, add some words to what it wrote, and send."""
        links = buttons(mail)
        if label not in links:
            raise StoryError(f"{at(self.town)}: “{mail['Subject']}” has no button “{label}”, only {', '.join(links)}")
        link = urlsplit(links[label])
        fields = parse_qs(link.query)
        text = fields["body"][0].replace("\r\n", "\n") + more
        reply = written(self.town, ME, fields["subject"][0], text, unquote(link.path))
        self._sends(mail, reply, more, f"presses “{label}” ")

    def _sends(self, mail: EmailMessage, reply: EmailMessage, words: str, how: str = "") -> None:
        self.answered.add(str(mail["Message-ID"]))
        self.town.deliver(reply, copy_in_sent=True, remark=(how + short(words)).strip())

    def _is_about(self, mail: EmailMessage, words: tuple[str, ...]) -> bool:
        subject = same_signs(str(mail["Subject"]))
        return all(word in subject for word in words) and str(mail["Message-ID"]) not in self.answered

    def _inbox(self) -> list[EmailMessage]:
        """Her inbox, oldest first, her own answers left out. What she looks at is marked as seen, by renaming it."""
        mails = []
        folder = self.town.mail
        for path in [*(folder / "new").iterdir(), *(folder / "cur").iterdir()]:
            name = path.name.partition(":")[0]
            if path.parent.name == "new":
                path = path.rename(folder / "cur" / f"{name}:2,S")  # noqa: PLW2901 -- the same mail at its new place
            if name not in self._read:
                self._read[name] = parse(path.read_bytes())
            mails.append((path.stat().st_mtime, name, self._read[name]))
        return [
            mail for _, _, mail in sorted(mails, key=lambda one: one[:2]) if not str(mail["Subject"]).startswith("Re:")
        ]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._link = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        if self._link and data.strip():
            self.found[same_signs(data)] = self._link

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None


def buttons(mail: EmailMessage) -> dict[str, str]:
    """The mailto links of a mail's HTML part, by what stands on them."""
    html = mail.get_body(("html",))
    links = _Links()
    links.feed(str(html.get_content()) if html is not None else "")
    return {label: link for label, link in links.found.items() if link.startswith("mailto:")}
