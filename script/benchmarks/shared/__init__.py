"""What several benchmarks share: scratch databases, events, baselines to compare with, harness."""
