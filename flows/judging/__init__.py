"""What follows from what the store holds: which claims hold, has the environment drifted?"""
