"""Who: users, their tokens, how a request proves whose it is."""
