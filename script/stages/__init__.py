"""Runs the stages of a test run and reports the time of each: `python -m script.stages [--all]`."""
