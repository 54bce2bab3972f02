"""What is known of the models of a leaderboard beside their scores?"""
