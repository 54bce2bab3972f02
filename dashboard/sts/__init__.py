"""What do the tabs of the STS page show?"""
