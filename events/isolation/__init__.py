"""The two walls between users."""
