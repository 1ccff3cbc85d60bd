"""Demonstration data for `flask seed demo`: users and conversations, the same on every run."""
