"""Tests of the test infrastructure: processes, servers, stages."""
