"""The networks of heads; `evaluators.trainer.heads` names them without importing torch."""
