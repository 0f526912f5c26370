"""Pages for everybody: `/docs`, `/privacy` and others."""
