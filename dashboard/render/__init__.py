"""Renders captured values as safe HTML. Pure."""
