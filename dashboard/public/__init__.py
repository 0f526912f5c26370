"""Public pages: `/docs`, `/privacy`, `/terms` and `/security`."""
