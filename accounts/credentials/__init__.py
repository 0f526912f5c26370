"""How a request proves whose it is."""
