"""Months of running, in minutes: the real loop and connectors on real servers that have one bad day after another."""
