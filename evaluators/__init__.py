"""What is measured: pure functions and frozen dataclasses, no store, no scheduler, no pages."""
