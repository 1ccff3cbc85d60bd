"""What a file is, by its content, and what a model can read of it: found in a process of its own.

This file imports nothing: the worker process imports this package, and not the app.
"""
