"""What follows from the stored results: which claims hold, has the environment drifted?"""
