"""Lines for people, on the terminal or in a file."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, text: str) -> None:
    """Write a line as it is: no markup, no colours, no wrapping."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)
