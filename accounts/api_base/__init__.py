"""What every JSON endpoint shares. Imported by all apps."""
