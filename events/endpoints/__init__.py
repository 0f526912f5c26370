"""HTTP endpoints of the log: native routes and DRF views."""
