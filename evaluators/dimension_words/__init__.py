"""How many dimensions does a vocabulary need?  Skip-gram vectors of a corpus, on exact counts."""
