"""The columns of curves as analysts get them: each number has its unit in its name."""

from __future__ import annotations

_KEYS = {"location": "zone", "month": "month", "he": "he", "block_type": "block"}

_ESTIMATORS = {
    "priced": "priced_usd_per_mwh",
    "priced_pct": "priced_fraction",
    "cost_per_mwh": "cost_usd_per_mwh",
    "cost_weighted": "cost_weighted_fraction",
    "mean_ratio": "mean_ratio_fraction",
}

_VLR_RANGE = {**_KEYS, **_ESTIMATORS, "rt_load_mwh": "rt_load_mwh", "unitized_cost_usd": "cost_usd"}
_COUNTS = {name: name for name in ("n_hours", "n_days", "n_years", "n_excluded", "is_thin")}
_INTERVALS = {name: f"{name}_usd_per_mwh" for name in ("interval_low", "interval_mid", "interval_high")}
_BAND = {name: f"{name}_usd_per_mwh" for name in ("band_low", "band_high", "p75", "p95", "cvar95")}

COLUMNS = {
    "vlr": {**_VLR_RANGE, **_INTERVALS, **_BAND, **_COUNTS},
    "shaping": {
        **_KEYS,
        "year_mean": "factor",
        "pooled": "pooled_factor",
        "additive": "additive_usd_per_mwh",
        "year_low": "lowest_year_factor",
        "year_high": "highest_year_factor",
        **{name: name for name in ("n_hours", "n_years", "is_additive")},
    },
    "cost_curve": {
        "location": "zone",
        "delivery_month": "delivery_month",
        "he": "he",
        "block_type": "block",
        "forward_price": "forward_usd_per_mwh",
        "da_rt_adjustment": "da_rt_adjustment_usd_per_mwh",
        "basis": "zone_basis_usd_per_mwh",
        "block_price": "block_price_usd_per_mwh",
        "hpfc": "hpfc_usd_per_mwh",
        "covariance": "covariance_usd_per_mwh",
        "vlr": "vlr_usd_per_mwh",
        "vlr_pct": "vlr_fraction_of_hpfc",
        "risk": "risk_usd_per_mwh",
        **_BAND,
        "cost_to_serve": "cost_to_serve_usd_per_mwh",
        **{name: name for name in ("hub", "quote", "n_hours", "is_modelled", "is_thin", "reason")},
    },
}
"""Curve -> column as it is stored -> column with its unit."""
