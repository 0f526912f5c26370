"""What Prometheus reads at `/metrics`. See docs/decisions/monitoring.md."""
