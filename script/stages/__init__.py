"""Runs the stages of a test run, and says of each how long it took: `python -m script.stages [--all]`."""
