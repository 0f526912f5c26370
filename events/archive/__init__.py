"""An account's export and import."""
