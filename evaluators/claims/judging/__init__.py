"""How is a claim decided? The shape of a claim, and what claims of one kind share."""
