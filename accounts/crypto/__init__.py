"""Keys, digests and hashes: no models."""
