"""LLM summaries: an optional model summarizes sessions with the user's own key."""
