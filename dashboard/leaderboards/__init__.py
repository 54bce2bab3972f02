"""The parts of the leaderboard page, one file a question."""
