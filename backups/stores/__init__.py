"""Object stores for backups, one module per kind."""
