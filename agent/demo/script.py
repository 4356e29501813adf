"""What happens in the demo and when, as appointments that lead to others; `story` says how each session goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from agent.demo.mentor import Mentor
from agent.demo.people import Platform, School
from agent.demo.place import PARIS, START
from agent.demo.scenes import Scenes
from agent.demo.story import CAMILLE, HUGO, INES, LINA, PROSE, TABLE, THOMAS
from agent.demo.town import Town


@dataclass
class Script:
    """The story's calendar: days count from 1, times are by the mentor's clock."""

    town: Town

    def __post_init__(self) -> None:
        self.school, self.platform, self.claire = School(self.town), Platform(self.town), Mentor(self.town)
        self.scenes = Scenes(self.town, self.school, self.platform, self.claire)

    def begin(self) -> None:
        """Put in the agenda what happens whatever anybody does."""
        self._first_week()
        self._second_week()
        self._third_week()

    def _first_week(self) -> None:
        assigns, scenes = self.school.assigns, self.scenes
        again = partial(assigns, CAMILLE, TABLE, "Rappel : nouvel étudiant, {name}")
        self._on(1, "09:10", partial(assigns, CAMILLE, TABLE))
        self._on(1, "09:45", partial(again, "the same once more: nothing is sent"))
        self._on(1, "12:30", partial(scenes.chooses, CAMILLE, 1, "Bonjour,\n\nLe créneau 1 me va, merci !\n\nCamille"))
        self._on(1, "14:00", partial(assigns, THOMAS, PROSE, "Attribution : {name}"))
        self._on(1, "14:30", partial(scenes.enters_funding, CAMILLE))
        self._on(1, "19:20", partial(scenes.books_alone, THOMAS, 3, "Bonjour, le 3 me va. Thomas Girard"))
        self._on(2, "11:00", scenes.forges)
        self._on(2, "15:00", partial(assigns, INES, TABLE))
        self._on(2, "15:30", partial(scenes.enters_funding, INES))
        self._on(2, "18:05", partial(scenes.chooses, INES, 1, "Bonjour Madame,\n\nLe 1 est parfait.\n\nInès Lambert"))
        self._on(3, "11:00", scenes.not_fooled)
        self._on(3, "17:00", partial(assigns, LINA, PROSE, "Attribution : {name}"))
        self._on(4, "11:10", partial(scenes.approves, "Notre session du 15 octobre", THOMAS.name))
        self._on(6, "17:30", partial(scenes.approves, "Votre mentorat", LINA.name))
        self._on(7, "11:00", partial(scenes.declines, LINA))

    def _second_week(self) -> None:
        scenes = self.scenes
        self._on(8, "09:00", self.platform.goes_away)
        self._on(8, "10:10", partial(self.school.assigns, HUGO, PROSE, "Attribution : {name}"))
        self._on(8, "10:25", scenes.told_of_the_outage)
        self._on(8, "10:30", self.platform.comes_back)
        self._on(8, "12:40", partial(scenes.chooses, HUGO, 1, "Bonjour Claire,\n\nVa pour le 1.\n\nHugo"))
        self._on(8, "15:20", partial(scenes.approves, "Votre session de la semaine du 19 octobre", INES.name))
        self._on(9, "08:30", partial(scenes.chooses, INES, 3, "Bonjour,\n\nLe {slot} me va.\n\nInès Lambert", 3))
        self._on(9, "19:00", scenes.wants_more)
        self._on(10, "07:30", self.town.restart)
        self._on(11, "10:30", partial(scenes.approves, "semaine du 26 octobre", THOMAS.name, verdict="non"))
        self._on(11, "10:35", partial(scenes.approves, "semaine du 26 octobre", LINA.name))
        self._on(13, "10:00", partial(scenes.reports_plagiarism, INES))
        self._on(14, "03:00", partial(self.town.tell, "The clocks go back one hour; 48 hours stay 48 hours"))

    def _third_week(self) -> None:
        scenes = self.scenes
        third = datetime(2026, 10, 27, 9, 30, tzinfo=PARIS)
        self._on(15, "08:30", scenes.reads_digest)
        self._on(15, "09:10", partial(scenes.reports_justified, CAMILLE, third, 3))
        self._on(18, "09:30", partial(scenes.approves, "semaine du 2 novembre", LINA.name))
        self._on(19, "14:00", partial(scenes.explains_week, LINA))
        self._on(19, "18:10", partial(scenes.chooses, LINA, 1, "Bonjour,\n\nLe {slot} me convient.\n\nLina Roche"))

    def _on(self, day: int, clock: str, act: Callable[[], object]) -> None:
        hour, minute = (int(part) for part in clock.split(":"))
        date = (START + timedelta(days=day - 1)).date()
        self.town.at(datetime(date.year, date.month, date.day, hour, minute, tzinfo=PARIS), act)
