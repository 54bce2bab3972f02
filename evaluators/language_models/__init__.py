"""How are small language models trained, many networks in one pass?

Every weight has a leading dimension of S networks: seeds of an arm, at one rate or several. A
training is put together from three parts that know nothing of each other:

- `text` and `batches`: what is read, as tokens (S, B, T) with targets. `Causal` predicts the next
  token and `Masked` the hidden ones; anything else that has the methods of `batches.Batches`, as
  labelled sequences do, can be trained on too.
- a model: an `nn.Module` whose every parameter is (S, …), called with tokens and the places of the
  targets, which returns logits. `networks.LanguageModel` says what an author writes, and
  `transformer.Transformer` takes any mixer of tokens in place of attention.
- `training.train`: the loop, its schedule, evaluations, state on disk and what diverged.
"""
