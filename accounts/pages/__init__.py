"""The HTML of accounts."""
