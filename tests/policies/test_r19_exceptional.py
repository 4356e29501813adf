"""R19: exceptional circumstances is told to support. What R17, R18 and R19 share is tested with R17."""

from __future__ import annotations

from agent.model import Audience, Matter, RequestKind, RequestState
from agent.policies.r19_exceptional import check
from tests.policies.snapshots import at, clause, request, situation, snapshot

KEY = "R19/alert/1"
REPORT = situation(1, Matter.EXCEPTIONAL, 20, words="les mots du mentor")


def test_what_was_reported_is_told_to_support_in_the_mentor_s_words() -> None:
    (owed,) = check(snapshot(situations=(REPORT,)), clause("R19"), at(21)).hits
    assert (owed.key, owed.audience, owed.template) == (KEY, Audience.SUPPORT, "exceptional_alert")
    assert owed.due == at(44)
    assert owed.detail == {"situations": "1"}


def test_told_once_it_is_not_told_again() -> None:
    judged = check(snapshot(situations=(REPORT,), queued={KEY: 21}), clause("R19"), at(30))
    assert judged.hits == ()
    assert "support was told" in judged.misses[0].reason


def test_the_mentor_s_no_is_final() -> None:
    dropped = request(KEY, RequestState.DROPPED, kind=RequestKind.LETTER)
    assert check(snapshot(situations=(REPORT,), requests=(dropped,)), clause("R19"), at(30)).hits == ()


def test_other_matters_are_not_this_rule_s() -> None:
    others = tuple(situation(n, matter, 20) for n, matter in enumerate(Matter) if matter is not Matter.EXCEPTIONAL)
    judged = check(snapshot(situations=others), clause("R19"), at(21))
    assert judged.hits == ()
    assert judged.misses[0].reason == "nothing of the kind was reported"
