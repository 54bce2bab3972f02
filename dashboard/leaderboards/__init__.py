"""What does the leaderboard page show? One file for each tab, and what they share."""
