"""Starts, upgrades and limits of a server, as its operator meets them."""
