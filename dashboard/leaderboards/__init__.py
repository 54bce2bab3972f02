"""The parts of the leaderboard page, one file for each tab and what they share."""
