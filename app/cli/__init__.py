"""The command line: `jr`."""

from app.cli.root import main

__all__ = ["main"]
