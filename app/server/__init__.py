"""A server process: listening, serving, shutting down, and preparing the database."""
