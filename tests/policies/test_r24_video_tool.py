"""R24: sessions run in the school's video tool."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model import Act, Judgement, Session, Snapshot
from agent.policies.r24_video_tool import check
from tests.policies.snapshots import at, clause, session, snapshot


def linked(*hosts: str, start: float = 30) -> Session:
    return replace(session(1, start), hosts=hosts)


def judge(known: Snapshot, hours: float = 2) -> Judgement:
    return check(known, clause("R24"), at(hours))


@pytest.mark.parametrize("host", ["zoom.us", "us02web.zoom.us", "Meet.Google.com"])
def test_an_entry_that_links_to_another_tool_is_warned_about_before_the_session(host: str) -> None:
    (owed,) = judge(snapshot(linked("visio.school.example", host))).hits
    assert (owed.key, owed.act, owed.template) == (f"R24/warn/1/{host.lower()}", Act.NOTICE, "other_video_tool")
    assert owed.detail == {"host": host.lower()}
    assert owed.due == at(30)


@pytest.mark.parametrize("hosts", [(), ("visio.school.example",), ("notzoom.us",), ("zoom.us.school.example",)])
def test_other_links_are_nobody_s_business(hosts: tuple[str, ...]) -> None:
    judged = judge(snapshot(linked(*hosts)))
    assert judged.hits == ()
    assert "no planned session links" in judged.misses[0].reason


def test_one_warning_for_each_tool() -> None:
    known = snapshot(linked("zoom.us", "whereby.com"), done=("R24/warn/1/zoom.us",))
    judged = judge(known)
    assert [hit.key for hit in judged.hits] == ["R24/warn/1/whereby.com"]
    assert "was warned" in judged.misses[0].reason


def test_a_session_that_began_or_was_cancelled_is_not_warned_about() -> None:
    assert judge(snapshot(linked("zoom.us")), 30).hits == ()
    assert judge(snapshot(replace(linked("zoom.us"), gone=True))).hits == ()


def test_the_tools_are_data() -> None:
    strict = replace(clause("R24"), words={"other_hosts": ("call.example",)})
    known = snapshot(linked("zoom.us", "call.example"))
    assert [hit.detail["host"] for hit in check(known, strict, at(2)).hits] == ["call.example"]
