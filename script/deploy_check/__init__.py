"""Follows docs/deploy.md in an empty Debian 12, and proves that the result serves. Started by `script/deploy-check`."""
