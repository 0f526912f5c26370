"""The optional model that summarizes sessions."""
