"""Three weeks of a mentor's life with invented people, played by the real loop on local files with its own clock.

`town` is the place (folders, post, clock), `people` who lives in it, `script` what happens, `account` what is told of it.
"""
