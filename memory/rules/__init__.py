"""The rules that turn events into derived rows. Pure. Every change here must raise `projector.VERSION`."""
