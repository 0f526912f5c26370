"""User preferences for memory. A rebuild keeps them."""
