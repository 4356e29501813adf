"""What the fuzzer and the table of hostile patterns found, kept small."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.understand.mail import parse_mail
from agent.understand.reply import read
from agent.understand.text import MISSING, html_lines
from agent.understand.verdict import Answer, read_confirmation, read_draft_answer
from tests.understand.material import WORDS, written
from tests.word.every_reader import READERS, Given, read_all
from tests.word.fuzz import corpus, peak_of, run
from tests.word.fuzz_pieces import built
from tests.word.hostile import PATTERNS
from tests.word.large import LARGE

SECRET = "Ce message est confidentiel et réservé à son destinataire, qui le détruit s'il l'a reçu par erreur."
HEAD = b"From: claire.martin@mentor.example\r\nTo: claire.martin@mentor.example\r\nSubject: Re: x\r\n"


def approves(text: str) -> bool:
    return read_draft_answer(read(written(text)).text, WORDS).kind is Answer.APPROVE


def test_a_remark_right_below_a_disclaimer_is_the_mentors_own() -> None:
    assert not approves(f"{SECRET}\nmais pas la fin\n\nok")
    assert not approves(f"ok\n\n{SECRET}\nmais pas la fin")
    assert approves(f"ok\n\n{SECRET}\nToute diffusion est interdite.")


def test_a_word_whose_first_letter_is_missing_is_no_stretched_yes() -> None:
    assert read_confirmation("ook", WORDS) is None  # "look"
    assert read_confirmation("okk", WORDS) is True


def test_a_large_mail_has_an_author_like_a_small_one() -> None:
    mail = parse_mail(HEAD + b"\r\nok\r\n" + b"\r\n> x" * 600_000)
    assert mail.head.from_address == "claire.martin@mentor.example"
    assert mail.head.defects == ()


def test_a_header_of_very_many_lines_has_no_author() -> None:
    mail = parse_mail(b"X: y\r\n" * 6_000 + HEAD + b"\r\nok")
    assert mail.head.from_address is None
    assert "header block too long: cut" in mail.defects


def test_a_mail_of_very_many_parts_is_read_in_part_and_approves_nothing() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nok\r\n" * 100_000
    began = time.process_time()
    mail = parse_mail(raw)
    assert time.process_time() - began < 2
    assert "too many parts" in mail.defects
    assert mail.text.rstrip().endswith(MISSING)
    assert read_draft_answer(read(mail).text, WORDS).kind is not Answer.APPROVE


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain" + b"; a=b" * 100_000,
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64" + b"\r\n x" * 5_000,
    ],
)
def test_a_field_that_no_program_writes_is_not_read_and_said_to_be_too_long(head: bytes) -> None:
    mail = parse_mail(HEAD + head + b"x\r\n\r\nok")
    assert "a header field is too long" in mail.defects
    assert mail.text == MISSING


def test_more_lines_than_anybody_writes_end_in_a_sign() -> None:
    for kind, flood in ((b"plain", b"ok\r\n"), (b"html", b"<p>ok</p>")):
        mail = parse_mail(HEAD + b"Content-Type: text/" + kind + b"\r\n\r\n" + flood * 30_000)
        assert mail.text.endswith(MISSING)
        assert read_draft_answer(read(mail).text, WORDS).kind is not Answer.APPROVE


def test_bytes_in_a_carried_header_that_are_no_text_can_still_be_stored() -> None:
    mail = parse_mail(HEAD + b"Content-Type: message/rfc822\r\n\r\nSubject: \xff\xfe\r\n\r\nx")
    assert mail.machine_parts[0].text.encode("utf-8")


def test_an_attachment_is_measured_as_if_it_had_been_decoded() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
    )
    file = parse_mail(raw + b"Content-Transfer-Encoding: base64\r\n\r\nT2sgbWVyY2k=\r\n--b--").attachments[0]
    assert (file.name, file.size, file.text) == ("a.pdf", len("Ok merci"), None)


@pytest.mark.parametrize("what", LARGE)
def test_reading_a_mail_takes_less_than_ten_times_its_size(what: str) -> None:
    parse_mail(HEAD + b"Content-Type: text/html\r\n\r\n<p>x")  # what is imported once is no part of it
    raw = LARGE[what](4_000_000)
    assert peak_of(lambda: parse_mail(raw)) < 6 * len(raw)


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>" + "mot " * 12_000 + "<br>x" * 1_000,
        "<table><tr><td>jointures SQL<br>index " * 400,
        "<table><tr>" + "<td>a<br>b" * 4_000,
    ],
)
def test_a_table_costs_no_more_than_its_words_however_wide_or_deep(html: str) -> None:
    html_lines("<p>x")
    assert peak_of(lambda: html_lines(html)) < 8_000_000  # it was up to 150 MB: each line as wide as the widest


def test_a_page_that_is_one_long_text_costs_five_times_its_characters() -> None:
    html_lines("<p>x")
    page = "👍🏽 " + "Adresse : lea@learner.example\n" * 6_600  # four bytes for each character, for one that needs them
    assert peak_of(lambda: html_lines(page)) < 5 * 4 * len(page)


def test_a_long_text_reads_the_same_however_often_the_library_is_made_to_forget() -> None:
    sentence = "C'est bon pour moi & merci &eacute;galement. "
    lines = html_lines(f"<p>{sentence * 600}</p><!-- {'x ' * 6_000} --><p>{'a' * 12_000}</p>")
    assert lines is not None
    wanted = sentence.replace("&eacute;", "é") * 600
    assert [line.text for line in lines if line.text] == [wanted.strip(), "a" * 12_000]


def test_the_cells_of_a_row_stand_on_one_line_and_rows_below_each_other() -> None:
    rows = "<tr><td>Nom</td><td><b>Léa</b> Moreau</td></tr><tr><th>Projet<td>4</tr>"
    lines = html_lines(f"<p>Bonjour</p><table><tbody>{rows}</tbody></table><p>fin</p>")
    assert lines is not None
    assert [line.text for line in lines if line.text] == ["Bonjour", "Nom Léa Moreau", "Projet 4", "fin"]


def test_what_takes_the_place_of_a_short_answer_is_not_read_however_long_it_is() -> None:
    raw = b"From: claire@mentor.example\n\n" + (b"a" * 50 + b"\n") * 2_000
    assert peak_of(lambda: READERS["situation"](Given(raw))) < 10 * len(raw)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_reader_takes_a_second_over_a_hostile_pattern(pattern: str) -> None:
    mail = Given(PATTERNS[pattern](100_000))
    took = {name: _seconds(reader, mail) for name, reader in READERS.items()}
    slow = [name for name in took if took[name] > 1]
    again = {name: _seconds(READERS[name], Given(mail.raw)) for name in slow}  # a busy machine is slow once
    assert max(again.values(), default=0) < 2, (took, again)  # a square takes ten


def _seconds(reader: Callable[[Given], object], mail: Given) -> float:
    began = time.process_time()
    reader(mail)
    return time.process_time() - began


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_no_mail_of_hostile_pieces_breaks_a_reader(random: Random) -> None:
    read_all(built(random))


def test_a_short_run_of_the_fuzzer_finds_nothing() -> None:
    found = run(150, 2026, corpus()[::7])
    assert (found.inputs, found.crashes, found.grown) == (150, 0, 0), found.lines()
    assert found.slow == 0, found.lines()
