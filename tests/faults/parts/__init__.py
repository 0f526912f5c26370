"""The services, faults and load of the fault tests."""
