"""Memory: rows derived from the log, which a rebuild makes again, and the user's preferences for them."""
