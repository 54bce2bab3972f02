"""Small networks on handwritten digits, trained by the same methods as CLUE tasks."""
