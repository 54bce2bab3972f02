"""What is known of one model: on every board, task by task, measured here, and which weights?"""
