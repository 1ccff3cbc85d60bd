"""One file for each group of commands, and what the groups share."""
