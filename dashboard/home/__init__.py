"""What does the first page show: one story, boards, claims, what changed, and why to trust it?"""
