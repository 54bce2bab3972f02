"""What does the compare page show?"""
