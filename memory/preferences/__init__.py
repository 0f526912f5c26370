"""What the user chose. It survives a rebuild."""
