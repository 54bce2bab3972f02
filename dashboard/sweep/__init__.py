"""The parts of the batch sweep page."""
