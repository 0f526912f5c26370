"""Events in, rows out: pure. A change here raises `projector.VERSION`."""
