"""A server process: preparing its database, listening, serving, and shutting down."""
