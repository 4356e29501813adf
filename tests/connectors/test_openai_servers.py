"""What servers that speak Chat Completions are really like: habits found out, remembered, and faults waited for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from agent.connectors.openai_writer import ChildWriter, OpenAiWriter, Window
from agent.errors import BudgetError, TerminalError, TransientError
from agent.model import Brief
from agent.model.calls import Form, Habits, Purpose, Talk, Terms
from agent.report.privacy import conceal
from tests.report.samples import brief
from tests.servers import chat

ROOT = Path(__file__).parents[2]
NOTES = "Léa a revu les jointures SQL.\nElle n'arrive pas à installer Docker."


def concealed(notes: str = NOTES) -> Brief:
    return conceal(brief(notes)).brief


def talk(server: chat.ChatServer, terms: Terms | None = None, notes: str = NOTES, window: int = 4096) -> Talk:
    writer = OpenAiWriter(server.base_url, "test", "", 20.0, lambda _: None, Window(window))
    return writer.talk(concealed(notes), terms or Terms(20.0))


def forms(server: chat.ChatServer) -> list[str]:
    return [request.get("response_format", {}).get("type", "-") for request in server.requests]


@pytest.mark.parametrize(
    ("behaviour", "habits", "asked"),
    [
        (chat.strict, Habits(), ["json_schema"]),
        (chat.ignores_schema, Habits(Form.OBJECT), ["json_schema", "json_object"]),
        (chat.only_objects, Habits(Form.OBJECT), ["json_schema", "json_object"]),
        (chat.no_schema, Habits(Form.TEXT), ["json_schema", "json_object", "-"]),
        (chat.one_role(400), Habits(system=False), ["json_schema"] * 2),
        (chat.one_role(500), Habits(system=False), ["json_schema"] * 2),
        (chat.own_temperature, Habits(temperature=False), ["json_schema"] * 2),
        (chat.fenced, Habits(), ["json_schema"]),
        (chat.dressed(reasoning_content="Let me see {}", refusal=None), Habits(), ["json_schema"]),
    ],
    ids=["strict", "ignored", "JSON mode", "none", "one role", "one role, 500", "temperature", "fenced", "dressed"],
)
def test_the_habits_of_a_server_are_found_out_and_asked_for_from_then_on(
    behaviour: chat.Behaviour, habits: Habits, asked: list[str]
) -> None:
    with chat.chat_server(behaviour) as server:
        first = talk(server)
        assert first.report is not None
        assert first.habits == habits
        assert forms(server) == asked
        again = talk(server, Terms(20.0, first.habits))
    assert again.report == first.report
    assert len(server.requests) == len(asked) + 1


def test_habits_are_words_that_are_read_again() -> None:
    for habits in (Habits(), Habits(Form.TEXT, system=False), Habits(Form.OBJECT, system=False, temperature=False)):
        assert Habits.parse(str(habits)) == habits
    with pytest.raises(ValueError, match="telepathy"):
        Habits.parse("telepathy")


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (chat.dressed(refusal="I cannot help with that."), "no text"),
        (chat.says("<think>Let me think about it, {"), "cut short in its thoughts"),
        (chat.says("<think>Done.</think>  "), "thoughts and no text"),
        (chat.says("{" * 50_000), "not the JSON it was asked for"),
        (lambda _: chat.Reply('{"choices": [' + "[" * 100_000), "no chat completion"),
        (lambda _: chat.Reply("x" * 300_000), "more than 200000 bytes"),
    ],
    ids=["refusal", "endless thoughts", "thoughts alone", "braces", "brackets", "huge"],
)
def test_what_is_no_answer_is_named_and_counted(behaviour: chat.Behaviour, fault: str) -> None:
    with chat.chat_server(behaviour) as server:
        told = talk(server)
    assert isinstance(told.error, TransientError)
    assert fault in str(told.error)
    assert len(told.calls) == 2


def test_text_in_parts_is_text() -> None:
    def parts(request: chat.Request) -> chat.Reply:
        body = json.loads(chat.good(request).body)
        message = body["choices"][0]["message"]
        message["content"] = [{"type": "text", "text": message["content"]}]
        return chat.Reply(json.dumps(body))

    with chat.chat_server(parts) as server:
        assert talk(server).report is not None


def test_a_byte_now_and_then_does_not_outlast_the_time_for_a_draft() -> None:
    with chat.chat_server(chat.dripping(0.2)) as server:
        began = time.monotonic()
        told = talk(server, Terms(1.0))
    assert isinstance(told.error, TransientError)
    assert time.monotonic() - began < 5
    assert [call.fault for call in told.calls] == ["too slow"]


def test_a_child_that_never_hears_from_its_server_is_back_in_time_with_the_call_on_record() -> None:
    with chat.chat_server(chat.slow(60.0)) as server:
        began = time.monotonic()
        told = ChildWriter(server.base_url, "test", "", 6.0).talk(concealed(), Terms(6.0))
    assert time.monotonic() - began < 7
    assert isinstance(told.error, TransientError)
    assert [(call.fault, call.tokens_in > 0) for call in told.calls] == [("too slow", True)]


def test_what_a_child_learns_and_uses_comes_back_with_the_report() -> None:
    with chat.chat_server(chat.only_objects) as server:
        told = ChildWriter(server.base_url, "test", "", 30.0).talk(concealed(), Terms(30.0))
        assert talk(server, Terms(20.0, told.habits)).report == told.report
    assert told.habits == Habits(Form.OBJECT)
    assert [(call.purpose, call.fault) for call in told.calls] == [(Purpose.WRITE, "status 400"), (Purpose.WRITE, None)]


def test_a_date_in_retry_after_is_waited_for() -> None:
    pauses: list[float] = []
    later = formatdate(time.time() + 8, usegmt=True)
    with chat.chat_server(chat.fails(429, Retry_After=later), chat.fails(503, Retry_After="soon"), chat.good) as server:
        writer = OpenAiWriter(server.base_url, "test", "", 20.0, pauses.append)
        assert writer.talk(concealed(), Terms(20.0)).report is not None
    assert pauses[0] == pytest.approx(7.5, abs=1.5)
    assert pauses[1] == 1.0


def test_a_redirection_is_not_followed_to_where_nobody_allowed_the_notes_to_go() -> None:
    with chat.chat_server(chat.good) as elsewhere:
        there = f"{elsewhere.base_url}/chat/completions"
        with chat.chat_server(lambda _: chat.Reply("", 307, {"Location": there})) as server:
            told = talk(server)
    assert isinstance(told.error, TerminalError)
    assert elsewhere.requests == []


def test_a_proxy_of_the_environment_never_sees_what_is_meant_for_this_machine() -> None:
    code = "import sys, agent.connectors.openai_writer as w; w.OpenAiWriter(sys.argv[1], 'test', '', 20).check()"
    with chat.chat_server(chat.good) as proxy, chat.chat_server(chat.good) as server:
        kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), proxy.base_url[:-3])
        subprocess.run([sys.executable, "-c", code, server.base_url], check=True, cwd=ROOT, env=kept | proxies)
    assert proxy.requests == []
    assert len(server.requests) == 1


def test_tokens_are_the_servers_count_or_else_ours() -> None:
    with chat.chat_server(chat.good) as server:
        (call,) = talk(server).calls
    assert (call.tokens_in, call.tokens_out, call.estimated) == (1, 1, False)

    def uncounted(request: chat.Request) -> chat.Reply:
        body = json.loads(chat.good(request).body)
        del body["usage"]
        return chat.Reply(json.dumps(body))

    with chat.chat_server(uncounted) as server:
        (call,) = talk(server).calls
    assert call.estimated
    assert 300 < call.tokens_in < 2000
    assert 10 < call.tokens_out < 400


def test_a_call_that_the_budget_cannot_pay_is_not_made() -> None:
    with chat.chat_server(chat.good) as server:
        told = talk(server, Terms(20.0, tokens=50))
        assert talk(server, Terms(20.0, tokens=20_000)).report is not None
    assert isinstance(told.error, BudgetError)
    assert len(server.requests) == 1


# -- long transcripts


def hour(lines: int = 900) -> str:
    """An hour's transcript: small talk, and now and then a line that matters."""
    talk_ = [f"Claire: Oui, d'accord, je vois bien ce que tu veux dire là, numéro {n}." for n in range(lines)]
    talk_[100] = "Claire: On a revu les jointures SQL avec un exemple."
    talk_[600] = "Léa: Je bloque encore sur les sous-requêtes SQL."
    return "\n".join(talk_)


def test_an_hour_s_transcript_is_condensed_in_pieces_that_fit_and_its_sources_stay_findable() -> None:
    with chat.chat_server(chat.good) as server:
        told = talk(server, notes=hour())
    assert told.report is not None
    sizes = [sum(len(message["content"]) for message in request["messages"]) for request in server.requests]
    assert max(sizes) <= Window(4096).characters
    assert {call.purpose for call in told.calls[:-1]} == {Purpose.CONDENSE}
    assert told.calls[-1].purpose is Purpose.WRITE
    seen = concealed(hour()).notes
    sources = [s.source for section in told.report.sections for s in section.sentences if "SQL" in s.text]
    assert len(sources) == 2
    assert all(source and source in seen for source in sources)


def test_a_model_that_cannot_condense_still_gets_the_lines_with_cues() -> None:
    def stubborn(request: chat.Request) -> chat.Reply:
        if '"keep"' in request["messages"][0]["content"]:
            return chat.completion("Je préfère résumer.")
        return chat.good(request)

    with chat.chat_server(stubborn) as server:
        told = talk(server, notes=hour())
        assert "Je bloque encore sur les sous-requêtes SQL." in chat.notes_of(server.requests[-1])
    assert told.report is not None


def test_condensing_leaves_half_of_the_time_for_writing() -> None:
    def tired(request: chat.Request) -> chat.Reply:
        slow = '"keep"' in request["messages"][0]["content"]
        return chat.Reply(chat.good(request).body, delay=1.0 if slow else 0.0)

    with chat.chat_server(tired) as server:
        told = talk(server, Terms(5.0), notes=hour())
    assert told.report is not None
    assert sum(call.purpose is Purpose.CONDENSE for call in told.calls) < 5
