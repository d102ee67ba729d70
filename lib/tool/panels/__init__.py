"""The panels of the page, in their order, and the actions that a person can take in them."""

from __future__ import annotations

from lib.tool.panels import calculator, choice, files, head, pivot, scaling, viewer
from lib.tool.panels.panel import Action, Panel

PANELS: tuple[Panel, ...] = (
    head.PANEL,
    choice.PANEL,
    files.PANEL,
    scaling.PANEL,
    scaling.CHARTS,
    pivot.PANEL,
    calculator.PANEL,
    viewer.PANEL,
    head.FOOTER,
)

ACTIONS: dict[str, Action] = {name: action for panel in PANELS for name, action in panel.actions.items()}
