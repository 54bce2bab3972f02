"""What is written for people to share: a board, a claim or an article as a static page."""
