"""Finds out what versions of Claude Code know and do, by running those on npm: `script/host-versions`."""
