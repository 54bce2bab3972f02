"""What is a leaderboard here: bundled, imported, measured, ranked, stored?"""
