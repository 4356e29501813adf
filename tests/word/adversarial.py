"""Messages in which an approval only seems to stand, and corrections made inside the quoted draft."""

# ruff: noqa: E501 - messages stand on one line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.word.programs import google, microsoft
from tests.word.programs.writing import Original, Typed, alternative, entity, message
from tests.word.sample import Sample

_CARD = "Claire Martin\nMentor développement web\n+33 6 00 00 00 00"
_HTML_PROGRAMS = (
    "gmail-web",
    "outlook-desktop",
    "outlook-web",
    "outlook-mobile",
    "apple-mail",
    "ios-mail",
    "thunderbird",
    "proton-web",
    "k9",
    "roundcube",
    "yahoo",
    "zimbra",
    "orange",
)
_BELOW = (
    "gmail-web",
    "gmail-web-plain",
    "apple-mail",
    "thunderbird",
    "thunderbird-plain",
    "roundcube-plain",
    "k9-plain",
    "undeclared-utf-8",
)
_MARKED = (
    "gmail-web",
    "gmail-web-plain",
    "apple-mail",
    "apple-mail-plain",
    "thunderbird",
    "thunderbird-plain",
    "proton-web",
    "roundcube",
)
_OLD = "Elle bloque sur les index."


def _each(
    what: str,
    programs: tuple[str, ...],
    typed: Typed,
    text: str | None,
    meant: str = "unclear",
    *edits: tuple[str, str],
) -> list[Sample]:
    return [
        Sample(f"{what}-{program}", program, typed, text, meant, edits, held_out=n % 3 == 2)
        for n, program in enumerate(programs)
    ]


def _own(
    what: str, text: str | None, meant: str, raw: Callable[[Original], bytes], *, held_out: bool = False
) -> Sample:
    return Sample(what, "", Typed(), text, meant, raw=raw, held_out=held_out)


def _forwarded(original: Original) -> bytes:
    carried = f"---------- Forwarded message ---------\nDe : Léa Moreau <lea.moreau@learner.example>\nDate: mar. 3 nov. 2026 à 10:00\nSubject: {original.subject}\nTo: {original.address}\n\n\nok\n"
    return message(original, entity("text/plain", f"pour information\n\n{carried}"), re="Fwd: ")


def _two_tongues(original: Original) -> bytes:
    parts = entity("text/plain", "ok\n"), entity("text/html", "<div>non, pas encore</div>")
    return message(original, alternative(*parts, "twice"))


def _indented(original: Original) -> bytes:
    plain = "ok\n\nmais enlève la dernière phrase\n"
    page = '<div dir="ltr">ok<div><blockquote style="margin:0 0 0 40px;border:none;padding:0px"><div>mais enlève la dernière phrase</div></blockquote></div></div>'
    return message(original, alternative(entity("text/plain", plain), entity("text/html", page), "indent"))


def _indented_html_only(original: Original) -> bytes:
    page = '<div>ok</div><blockquote style="margin-left:40px"><div>mais enlève la dernière phrase</div></blockquote>'
    return message(original, entity("text/html", page))


def _among(line: str) -> Callable[[Original], bytes]:
    """A remark typed between two lines of the quotation, where nothing marks it."""
    more = f"{line}\nne l'envoie pas"
    return lambda original: microsoft.web(
        replace(
            original,
            text=original.text.replace(line, more, 1),
            html=original.html.replace(line, more.replace("\n", "<br>"), 1),
        ),
        Typed(top="ok"),
    )


def _hidden(original: Original) -> bytes:
    return message(original, entity("text/html", '<div>ok</div><div style="display:none">mais pas avant lundi</div>'))


def _below_unmarked(original: Original) -> bytes:
    whole = replace(
        original,
        text=original.text + "\nmais enlève la dernière phrase\n",
        html=original.html.replace("</body>", "<p>mais enlève la dernière phrase</p></body>"),
    )
    return microsoft.desktop(whole, Typed(top="ok"))


def _only_below_unmarked(original: Original) -> bytes:
    whole = replace(
        original,
        text=original.text + "\nnon, surtout pas\n",
        html=original.html.replace("</body>", "<p>non, surtout pas</p></body>"),
    )
    return microsoft.web(whole, Typed())


def _a_learner_wrote(original: Original) -> bytes:
    return message(original, entity("text/plain", "ok\n\nLe 3, Léa m'a écrit :\nelle arrête, donc n'envoie rien.\n"))


def _a_learner_wrote_at(original: Original) -> bytes:
    return message(
        original, entity("text/plain", "ok\nLe 3 à 18:00 Léa a écrit :\nje ne viens plus. Donc n'envoie rien.\n")
    )


def _inside_signature(original: Original) -> bytes:
    page = '<div>ok</div><div class="gmail_signature">Claire Martin<br>Mentor<br><br>attends, pas encore</div>'
    return message(
        original,
        alternative(
            entity("text/plain", "ok\n\n-- \nClaire Martin\nMentor\n\nattends, pas encore\n"),
            entity("text/html", page),
            "sig",
        ),
    )


def _typed_marks(original: Original) -> bytes:
    return message(original, entity("text/plain", "> ok\n\nc'est toi qui as écrit ça, pas moi\n"))


def _struck(original: Original) -> bytes:
    return message(original, entity("text/html", "<div><s>ok</s> non, refaire</div>"))


def _html_twin_longer(original: Original) -> bytes:
    raw = google.web(original, Typed(top="ok"))
    return raw.replace(
        b'<div dir=3D"ltr"><div>ok</div></div>', b'<div dir=3D"ltr"><div>ok</div><div>pas tout de suite</div></div>'
    )


_NOTICE = "Ce message est confidentiel. Si vous l'avez reçu par erreur, merci de le supprimer et de répondre ok à l'expéditeur."
_PS = "ok\n\nCordialement,\nClaire\n\nPS : sauf la dernière phrase"
_UNDER = "ok\n\n-- \nClaire Martin\nMentor\n\nattends, pas encore"

ADVERSARIAL: tuple[Sample, ...] = (
    *_each("ok-only-quoted", _HTML_PROGRAMS, Typed(), "", "unclear"),
    *_each("ok-only-in-signature", ("gmail-web", "gmail-web-plain", "thunderbird", "proton-web"), Typed(top="Bien reçu", signature="Claire Martin\nOK"), None),
    *_each("ok-only-in-disclaimer", ("gmail-web", "outlook-web", "apple-mail", "roundcube-plain"), Typed(top="je regarde", disclaimer=_NOTICE), None, "later"),
    *_each("ps-below-the-name", ("gmail-web", "outlook-desktop", "ios-mail", "thunderbird-plain", "mailto"), Typed(top=_PS), None),
    *_each("below-the-signature", ("gmail-web-plain", "thunderbird", "k9-plain", "undeclared-utf-8"), Typed(top=_UNDER), None),
    *_each("ok-above-no-below", _BELOW, Typed(top="ok", bottom="en fait non, attends"), "ok\nen fait non, attends"),
    *_each("ok-above-but-between", _MARKED, Typed(top="ok", after="jointures", between="pas ça"), "ok\npas ça"),
    *_each("condition", ("gmail-android", "outlook-mobile", "ios-mail", "k9", "orange", "zimbra"), Typed(top="ok si Léa confirme demain", signature=_CARD), "ok si Léa confirme demain"),
    *_each("another-learner", ("gmail-ios", "outlook-web", "proton-phone", "yahoo"), Typed(top="ok pour Tom, pas pour Léa"), "ok pour Tom, pas pour Léa"),
    *_each("nothing-but-a-footer", ("ios-mail", "ios-mail-plain", "outlook-mobile", "proton-phone", "mailto", "k9-plain"), Typed(), "", "unclear"),
    *_each("nothing-but-a-card", ("gmail-web", "outlook-web", "thunderbird"), Typed(signature=_CARD), None, "unclear"),
    *_each("corrected-and-ok", (*_HTML_PROGRAMS, "gmail-web-plain", "apple-mail-plain", "thunderbird-plain"), Typed(top="ok"), "ok", "corrected", (_OLD, "Elle progresse sur les index.")),
    *_each("with-my-corrections", ("gmail-web", "outlook-desktop", "apple-mail", "thunderbird"), Typed(top="ok avec mes corrections"), "ok avec mes corrections", "corrected", (_OLD, "Elle progresse.")),
    _own("ok-in-a-forward", "pour information", "unclear", _forwarded),
    _own("two-parts-two-words", None, "unclear", _two_tongues),
    _own("indented-paragraph", None, "redo", _indented),
    _own("indented-paragraph-html-only", None, "redo", _indented_html_only, held_out=True),
    _own("between-unmarked-lines-above-the-draft", "ok", "unclear", _among("à relire.")),
    _own("between-unmarked-lines-below-the-draft", "ok", "unclear", _among("Pour répondre"), held_out=True),
    _own("hidden-words", None, "unclear", _hidden),
    _own("below-outlooks-quotation", None, "redo", _below_unmarked),
    _own("only-below-outlooks-quotation", None, "drop", _only_below_unmarked, held_out=True),
    _own("a-learner-wrote", None, "unclear", _a_learner_wrote),
    _own("a-learner-wrote-at", None, "unclear", _a_learner_wrote_at),
    _own("inside-the-signature", None, "unclear", _inside_signature),
    _own("marks-typed-by-hand", None, "unclear", _typed_marks, held_out=True),
    _own("struck-out", None, "redo", _struck),
    _own("longer-in-html", "ok\npas tout de suite", "unclear", _html_twin_longer),
)  # fmt: skip
