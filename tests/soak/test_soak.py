"""A short soak: hundreds of ticks of the real loop, with servers that have bad days. `make soak` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.soak.__main__ import MOST
from tests.soak.run import soak


@pytest.mark.timeout(240)  # some thirty seconds on a quiet machine
def test_bad_days_of_the_servers_cost_no_letter_no_memory_and_no_descriptor(tmp_path: Path, dovecot: Dovecot) -> None:
    figures = soak(tmp_path, ticks=250, seed=7)
    assert figures.ticks >= 250
    assert sum(figures.troubles.values()) >= 4
    assert (figures.lost, figures.doubled) == (0, 0)
    assert figures.letters == figures.assignments > 0
    assert figures.questions == figures.sessions > 0
    assert figures.descriptors[1] <= figures.descriptors[0]
    assert figures.threads[1] <= figures.threads[0]
    assert figures.growth() < MOST
    assert max(figures.recoveries.values()) <= 1.01
