"""Losses of bi-encoders on made-up pairs, many seeds at once."""
