"""How is it kept running, and who is told what?"""
