"""Three weeks of a mentor's life with invented people, played by the real loop on local files with its own clock.

`place` and `town` are where it plays (settings, folders, post, clock), `people` who acts and how, `story` and `script`
what happens, `account` what is told of it afterwards.
"""
