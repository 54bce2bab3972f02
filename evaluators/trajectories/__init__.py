"""How do scores change along a training run, and where do they jump?"""
