"""What the metrics of a batch sweep are, in words."""

from __future__ import annotations

SHARES = ("few5", "full", "neighbours", "same_label", "below_epsilon")
"""Metrics that are shares of 1 and are shown ×100."""

MEANINGS = {
    "few5": "Accuracy of a linear probe on 5 labels a class, mean of 10 draws",
    "full": "Accuracy of a linear probe on every label",
    "neighbours": "Accuracy of the vote of the 5 nearest neighbours",
    "alignment": "Distance between two views of an image: less is closer",
    "uniformity": "How evenly embeddings lie on the sphere: less is more even",
    "gradient_error": "Error of the loss's gradient beside float64, relative",
    "gradient_noise": "Variance of the gradient over batches beside its squared mean",
    "information": "InfoNCE's lower bound on the mutual information, in nats",
    "ceiling": "log(K + 1), the ceiling of that bound, in nats",
    "below_epsilon": "Share of rows whose ξ is below what the number format adds to 1",
    "same_label": "Share of the negative pairs that show the same class",
    "copies": "Pairs in one batch that are the same image, pixel by pixel",
}
