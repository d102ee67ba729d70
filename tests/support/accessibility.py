"""What keeps people out of a page, as axe-core finds it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
"""Every rule is checked, but only violations are described: to describe what passes takes as long again."""


def severe_violations(page: Page) -> list[str]:
    """Return the violations that keep people out, each with the first place of it."""
    return [
        f"{rule['id']}, {len(rule['nodes'])} times: {rule['nodes'][0]['html'][:200]}"
        for rule in Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
        if rule["impact"] in ("serious", "critical")
    ]
