"""Where backups lie: one store a file."""
