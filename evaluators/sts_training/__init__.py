"""Which way of training sentence vectors helps? Methods as arms, from one checkpoint."""
