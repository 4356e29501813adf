"""Servers that the tests share, one of each for every worker process, and a last line on what could not be tested."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

from tests.servers.certificates import Certificate, openssl_available, self_signed
from tests.servers.dovecot import Dovecot, available

NOT_TESTED = "not on this machine: "
"""A skip whose reason starts so is repeated in the last line of the run."""


def without(missing: str) -> NoReturn:
    """Skip what needs this; fail where every server is required, as in CI."""
    if os.environ.get("MENTOR_AGENT_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MENTOR_AGENT_REQUIRE_SERVERS=1, but missing: {missing}")
    pytest.skip(NOT_TESTED + missing)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot. Take a fresh `account()` for each test."""
    if not available():
        without("Dovecot (install dovecot-imapd and dovecot-lmtpd)")
    with Dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 that nobody has signed."""
    if not openssl_available():
        without("TLS (install openssl)")
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """What was skipped for want of a server, below everything else: pytest_terminal_summary comes before the counts."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []  # a worker of pytest-xdist has no terminal
    reasons = {
        str(report.longrepr[2]).partition(NOT_TESTED)[2]
        for report in skipped
        if isinstance(report.longrepr, tuple | list) and NOT_TESTED in str(report.longrepr[2])
    }
    if reporter and reasons:
        reporter.write_line("Not tested on this machine: " + "; ".join(sorted(reasons)), yellow=True)
