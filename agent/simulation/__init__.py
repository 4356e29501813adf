"""A seeded year of mentoring on the memory world, with a clock that jumps, and an oracle that watches every step.

`scenario` says what may happen, `town` is where it plays, `people` and `mentor` act in it without knowing how the agent
works, `ledger` keeps what was really so, `oracle` compares, `shrink` tells the shortest story of a failure.
"""
