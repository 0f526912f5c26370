"""Tests of the app `accounts` through its public interface."""
