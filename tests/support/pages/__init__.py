"""Helpers of the tests of one page each."""
