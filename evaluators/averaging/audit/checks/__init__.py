"""Checks of single cells and rows: one file for each check."""
