"""From rows as the hub has them to examples: one file a family, shared by its tasks."""
