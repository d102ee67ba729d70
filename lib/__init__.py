"""Prices, loads, volumetric load risk and shaping for five power markets."""
