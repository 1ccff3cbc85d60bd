"""Conversations as files: one of them, or all of a person's in an archive."""
