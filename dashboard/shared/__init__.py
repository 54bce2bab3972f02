"""What is written for people to share: a board, claim, article or plan run as a static page."""
