"""What the claims on UniVAE share."""

from __future__ import annotations

from evaluators.claims.judging.claim import Fresh

BENCH = Fresh(
    "univae",
    "world, free nats and two conditions of the rules were chosen after five looks at seeds 0 to 2",
    seeds_from=1000,
)
"""Frozen on 2026-11-29."""
