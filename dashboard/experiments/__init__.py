"""What does an experiment with arms show, whichever it is? The parts of its page."""
