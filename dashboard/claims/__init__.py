"""What does the page of claims show: the list, one claim as an argument, and what changed?"""
