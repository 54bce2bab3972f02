"""How is a checkpoint trained, or probed, to answer labelled examples?

Knows heads, methods and families of tasks, and nothing of any benchmark.
"""
