"""The torch modules of the heads; `evaluators/clue/heads` says by which names plans find them."""
