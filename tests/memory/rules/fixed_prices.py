"""Prices for tests of rules: other prices of models must not change what the rules derive."""

from memory.values import unit_prices
from memory.values.price_table import OwnPrice, PriceTable

PRICES = PriceTable((OwnPrice("claude-*", prices=unit_prices.flat_prices("5", "25")),), revision=1)
