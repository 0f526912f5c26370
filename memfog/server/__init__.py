"""The parts of the web process."""
