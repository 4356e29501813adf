"""`python -m tests.soak --ticks 10000 --seed 1`: the table of figures, or what did not hold."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from tests.servers.dovecot import available
from tests.soak.run import soak

MOST = 1.10  # memory at the end against that after the warm-up


def main() -> int:
    """0 when everything held."""
    options = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    options.add_argument("--ticks", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if not available():
        print("Dovecot is needed (Debian: dovecot-imapd dovecot-lmtpd).", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)  # each failure is meant; what counts is what is left of them
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        figures = soak(Path(folder), given.ticks, given.seed)
    print(*figures.lines(), sep="\n")
    if figures.growth() > MOST:
        print(f"memory grew {figures.growth():.3f} x, {MOST} are allowed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
