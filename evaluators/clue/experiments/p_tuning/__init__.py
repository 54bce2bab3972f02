"""Prompts beside fine-tuning with few labels, on a made-up language."""
