"""How much of what a session needs stood in the context at its start."""
