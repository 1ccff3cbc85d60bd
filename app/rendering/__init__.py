"""Rendering Markdown beside the event loop, in a process of its own.

This file imports nothing: the worker process imports this package, and not the app.
"""
