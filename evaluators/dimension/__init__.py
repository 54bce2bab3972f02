"""How many dimensions N things need: the theory, the thresholds, the laws and the experiments."""
