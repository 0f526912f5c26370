"""How much of what was needed was found: in the context of a session, and by searches."""
