"""Heads for named entities on made-up sentences."""
