"""Reads along in Midstream conversations: the rule, and a connection that keeps to it."""
