"""What dropout of gradients does to Adam's step, and to networks tuned on other digits."""
