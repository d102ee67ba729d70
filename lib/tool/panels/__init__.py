"""The panels of the page, in their order, and the actions that a person can take in them."""

from __future__ import annotations

from lib.tool.panels import calculator, charts, choice, files, footer, head, pivot, scaling, viewer
from lib.tool.panels.panel import Action, Panel

PANELS: tuple[Panel, ...] = tuple(
    module.PANEL for module in (head, choice, files, scaling, charts, pivot, calculator, viewer, footer)
)

ACTIONS: dict[str, Action] = {name: action for panel in PANELS for name, action in panel.actions.items()}
