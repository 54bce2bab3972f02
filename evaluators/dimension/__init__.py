"""How many dimensions do N things need? The theory, thresholds and laws that experiments share."""
