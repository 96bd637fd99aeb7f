"""Helpers of the tests of the queue: whose turn it is."""
