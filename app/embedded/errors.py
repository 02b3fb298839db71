"""What can go wrong before the embedded model serves; every text says what to do."""

from __future__ import annotations


class EmbeddedError(Exception):
    """The embedded model cannot be served."""


class WeightsError(EmbeddedError):
    """The weights are nowhere to be had, or are not the ones the model's makers published."""


class NotInstalledError(EmbeddedError):
    """The extra that brings llama.cpp is missing."""


class StartError(EmbeddedError):
    """The server's process ended, or said nothing, before it served."""
