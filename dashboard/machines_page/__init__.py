"""`/machines`: the machines of a user, and their API tokens."""
