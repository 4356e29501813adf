"""Figures of speed and memory, as ratios in one run: `make bench`. Machines are noisy; nothing here is asserted."""
