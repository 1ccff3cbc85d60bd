"""Conversations of other programs, and of our own exports, made conversations here.

A file is read conversation by conversation (`files`), each is understood by its format (`formats`)
and laid out as messages with versions (`tree`), and is stored unless it is here already
(`storing`). `run` does all of it, and counts.
"""
