"""Tests the features of Claude Code versions by running releases from npm: `script/host-versions`."""
