"""Keys, digests and hashes, without models."""
