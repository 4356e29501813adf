"""The words of dates, French and English, as they stand in folded text (see `text.folded`)."""

from __future__ import annotations

import re
from collections.abc import Iterable

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("lundi", "monday"),
            ("mardi", "tuesday"),
            ("mercredi", "wednesday"),
            ("jeudi", "thursday"),
            ("vendredi", "friday"),
            ("samedi", "saturday"),
            ("dimanche", "sunday"),
        )
    )
    for name in names
}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier january janv jan",
            "fevrier february fevr fev feb",
            "mars march mar",
            "avril april avr apr",
            "mai may",
            "juin june jun",
            "juillet july juil jul",
            "aout august aug",
            "septembre september sept sep",
            "octobre october oct",
            "novembre november nov",
            "decembre december dec",
        ),
        1,
    )
    for name in names.split()
}
RELATIVE = {
    "avant-hier": -2,
    "hier": -1,
    "yesterday": -1,
    "aujourd'hui": 0,
    "today": 0,
    "demain": 1,
    "tomorrow": 1,
    "apres-demain": 2,
}
NUMBERS = {
    word: number
    for number, words in (
        (1, "un une a one"),
        (2, "deux two"),
        (3, "trois three"),
        (4, "quatre four"),
        (5, "cinq five"),
        (6, "six"),
        (7, "sept seven"),
        (8, "huit eight"),
        (10, "dix ten"),
        (15, "quinze fifteen"),
    )
    for word in words.split()
}
PARTS = {  # hours of the day in which something "in the evening" begins
    **dict.fromkeys(("matin", "matinee", "morning"), (0, 12)),
    **dict.fromkeys(("apres-midi", "aprem", "afternoon"), (12, 18)),
    **dict.fromkeys(("soir", "soiree", "evening", "night"), (17, 24)),
}


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_MONTH = rf"(?:{_any(MONTHS)})\b\.?(?!\s+(?:be|work|do|suit|fit|also|not|well)\b)"
_NTH = r"(?:er|st|nd|rd|th)?"
TIME = (
    r"(?:\d{1,2}\s?(?:h|heures?)(?:\s?[0-5]\d)?\b|\d{1,2}(?::[0-5]\d)?\s?[ap]\.?m\b\.?|\d{1,2}:[0-5]\d\b|midi\b|noon\b)"
)
_UNTIL = r"(?:jusqu'(?:a|au|en)|until|till|'?til|through)"
_COUNT = rf"(?:\d{{1,3}}|{_any(NUMBERS)})"

ATOMS = re.compile(
    r"(?<![\w/])(?:"
    r"(?P<iso>\d{4}-\d\d-\d\d)\b"
    rf"|(?P<first>\d{{1,2}}){_NTH}\s?(?:au|a|to|-|et|and|{_UNTIL})\s?(?:le\s|the\s)?(?P<last>\d{{1,2}}){_NTH}"
    rf"(?:\s(?:of\s)?(?P<common>{_MONTH}))(?:\s(?P<common_year>20\d\d))?"
    rf"|(?P<en_common>{_MONTH})\s(?:the\s)?(?P<en_first>\d{{1,2}}){_NTH}\s?(?:to|-|until|through)\s?(?:the\s)?(?P<en_last>\d{{1,2}}){_NTH}"
    rf"|(?:(?P<named>{_any(WEEKDAYS)})\s(?:le\s|the\s)?)?(?:"
    rf"(?P<day>\d{{1,2}}){_NTH}\s(?:of\s)?(?P<month>{_MONTH})(?:,?\s(?P<year>20\d\d))?"
    rf"|(?P<en_month>{_MONTH})\s(?:the\s)?(?P<en_day>\d{{1,2}}){_NTH}\b(?!\s?(?:h\b|heures?|:|[ap]m))"
    r"|(?P<slash_day>\d{1,2})/(?P<slash_month>\d{1,2})(?:/(?P<slash_year>(?:20)?\d\d))?(?![\d/])"
    r")"
    rf"|(?P<number_of>{_any(WEEKDAYS)})\s(?:le\s|the\s)?(?P<number>\d{{1,2}}){_NTH}\b(?!\s?(?:h\b|h\d|heures?|:|[ap]\.?m|/|%))"
    rf"|(?:(?P<before>this|next|last|ce|cette)\s)?(?P<weekday>{_any(WEEKDAYS)})(?:\s(?P<after>prochaine?|derniere?|passee?))?"
    rf"|(?P<relative>{_any(RELATIVE)})"
    r"|(?P<now_part>(?:ce|cet|cette|this)\s(?:matin|matinee|morning|apres-midi|aprem|afternoon|soir|soiree|evening)|tonight)"
    rf"|(?P<end_of>(?:la\s|the\s)?(?:fin|end)\s(?:de\s(?:la\s|cette\s)?|du\s|of\s(?:the\s|this\s)?)?"
    rf"(?P<end_what>semaine|week|mois|month|{_MONTH}))"
    rf"|(?P<week_of>(?:semaine\sdu|week\sof(?:\sthe)?)\s(?P<week_day>\d{{1,2}}){_NTH}(?:\s(?:of\s)?(?P<week_month>{_MONTH})|/(?P<week_slash>\d{{1,2}})))"
    r"|(?P<week>cette\ssemaine|this\sweek|(?:la\s)?semaine\s(?:prochaine|derniere|passee)|next\sweek|last\sweek"
    r"|ce\sweek-?end|this\sweekend|le\sweek-?end\sprochain|next\sweekend|(?:le\s)?mois\sprochain|next\smonth)"
    rf"|(?:(?P<lead>pendant|durant|pour|for|dans|in|il\sy\sa|depuis|since)\s)?(?:encore\s|les\s|the\snext\s|another\s)?"
    rf"(?P<count>{_COUNT})\s?(?P<unit>jours?|days?|semaines?|weeks?)\b(?!\s(?:sur|out))(?P<ago>\sago)?"
    rf"|(?P<hours>{TIME}(?:\s?(?:-|a|to|jusqu'a|until)\s?{TIME})?)(?P<of_part>\sdu\ssoir|\sde\sl'apres-midi)?"
    r"|(?P<part>matin|morning|apres-midi|aprem|afternoon|soir|soiree|evening|night)"
    r")(?!\w)"
)
BARE_RANGE = re.compile(
    rf"\b(?:du|from the|between the)\s(\d{{1,2}}){_NTH}\s(?:au|to the|and the)\s(\d{{1,2}}){_NTH}"
    r"(?!\s?(?:/|h\b|h\d|:|%|\w))"
)
BARE_UNTIL = re.compile(
    rf"\b(?:jusqu'au|(?:until|till)\sthe)\s(\d{{1,2}}){_NTH}(?!\s?(?:/|h\b|h\d|:|%|\d|{_MONTH}|(?:of\s){_MONTH}))\b"
)
LENGTH = re.compile(r"\b(?:pendant|durant|dure|duree de|for|lasted|toutes les|every)\s(?:\w+\s)?$")  # of time, in hours
RETURNS = re.compile(
    rf"\b(?:chaque|tous les|toutes les|every|each)\s(?:\w+\s)?"
    rf"(?:{_any(WEEKDAYS)}|jours?|days?|semaines?|weeks?|soirs?)"
)
