"""What answers on the event loop or by DRF."""
