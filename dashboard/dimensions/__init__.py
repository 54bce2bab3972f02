"""The parts of the dimension page."""
