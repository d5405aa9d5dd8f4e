"""The REST edge: how every endpoint under /api/ refuses, and where they all stand."""

from .errors import exception_handler

__all__ = ["exception_handler"]
