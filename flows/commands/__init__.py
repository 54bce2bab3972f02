"""The subcommands of `rankcheck`: one file each, found by its name, with a `command` in it."""
