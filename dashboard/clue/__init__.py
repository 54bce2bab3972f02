"""The parts of the CLUE page."""
