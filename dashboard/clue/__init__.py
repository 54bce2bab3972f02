"""What does the CLUE page show?"""
