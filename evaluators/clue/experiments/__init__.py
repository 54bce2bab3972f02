"""Small experiments on methods: minutes on a laptop, without a checkpoint."""
