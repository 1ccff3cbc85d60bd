"""People and conversations to look at: the same every time, as many as are wanted."""
