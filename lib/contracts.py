"""What tells settlements of contracts apart, for those who read their files and those who store them."""

from __future__ import annotations

SETTLEMENT_KEY = ("trade_date", "contract", "contract_type", "strip", "strike", "product_id")
"""The columns of a settlement's key; the strike is absent but for options."""
