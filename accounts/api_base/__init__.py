"""Code that every JSON endpoint shares. All apps import it."""
