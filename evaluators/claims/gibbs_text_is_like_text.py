"""Texts that are sampled from BERT are more like real ones than like independent tokens."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import by_seed
from evaluators.claims.judging.claim import Claim, Control, Finding, NotTestable, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.sampling import (
    CONTEXT,
    SOURCE,
    TEXTS,
    of_texts,
    require_context,
    same_sweeps,
    texts,
)
from evaluators.claims.judging.trends import paired
from evaluators.statistics import mean_interval

METRIC, ARM, REAL, ANCHOR = "nats", "Gibbs", "real text", "independent tokens"
HALF = 0.5
"""Of the way from real text to independent tokens."""


def judge(evidence: RowEvidence) -> Finding:
    """Ask how far texts are on the way from real text to independent tokens."""
    at, sweeps = same_sweeps(evidence)
    require_context(at)
    shares = []
    for ours, real, anchor in paired(*(by_seed(at, METRIC, arm) for arm in (ARM, REAL, ANCHOR))):
        if anchor <= real:
            raise NotTestable("the n-gram model does not prefer real text to independent tokens")
        shares.append((ours - real) / (anchor - real))
    found = mean_interval(shares)
    low, high = found.ends
    left = found._replace(estimate=HALF - found.estimate, low=HALF - high, high=HALF - low)
    ruling = rules.side(left, look=evidence.look)
    return decided(
        found,
        ruling.word,
        f"after {sweeps:g} sweeps at {found.estimate:.2f} ({low:.2f} to {high:.2f}) of the way from"
        f" real text, 0, to independent tokens, 1; {found.n} seeds",
        threshold=HALF,
        p_value=ruling.p_value,
    )


def controls() -> Sequence[Control[RowEvidence]]:
    """Like text, like noise, between, and an n-gram model that knows nothing."""

    def rows(
        nats: float, noise: float = 0.05, anchor: float = 8.0, context: float = 2.0
    ) -> RowEvidence:
        means = {ARM: nats, REAL: 5.0, ANCHOR: anchor}
        return texts(METRIC, means, noise=noise, context=context)

    return (
        Control("like text", rows(5.5), "holds"),
        Control("like noise", rows(7.8), "refuted"),
        Control("between", rows(6.5, noise=0.5), "inconclusive"),
        Control("a checkpoint that cannot read", rows(7.8, context=0.0), "not testable here"),
        Control("noise is as likely as text", rows(5.5, anchor=4.0), "not testable here"),
    )


CLAIM = Claim(
    title="text sampled from BERT is like text",
    sentence="Gibbs sampling from BERT gives readable texts.",
    source=SOURCE + "; paraphrased. Nothing is printed but examples",
    decision_rule="The number is −log p a token of sampled texts under a model of three tokens in a"
    " row, counted in one half of a corpus, less that of real texts of the other half, over the"
    " same for independent tokens of the right frequencies, after the most sweeps, paired by"
    f" seed. Holds when it is surely below {HALF:g}, nearer to real text; refuted when surely"
    " above (Student's t, each at 2.5%); inconclusive otherwise. Not testable where the model"
    " does not prefer real text to independent tokens. Nor where the checkpoint does not predict"
    f" masked tokens surely {CONTEXT:g} nats better than their frequencies. That a text is likely"
    " does not make it readable; what is not likely is not.",
    evidence=of_texts(METRIC),
    judge=judge,
    controls=controls,
    fresh=TEXTS,
    article=8119,
)
