"""Device login: signing a machine in by a code (RFC 8628)."""
