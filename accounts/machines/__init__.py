"""The machines of a user, by what their clients report of themselves."""
