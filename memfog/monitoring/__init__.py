"""Health, deployment checks, log formats, and mail to operators."""
