"""An account created, changed, exported, deleted."""
