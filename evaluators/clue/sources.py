"""Where the tasks come from: places and citations that several declarations share."""

from __future__ import annotations

CLUE = "clue/clue"
FEWCLUE = "clue/fewclue"
UNKNOWN = "none stated"

CLUE_PAPER = (
    "Xu, Hu, Zhang, Li, Cao et al.: CLUE: A Chinese Language Understanding Evaluation Benchmark. "
    "COLING 2020, https://aclanthology.org/2020.coling-main.419"
)
FEWCLUE_PAPER = (
    "Xu, Lu, Yuan, Zhang et al.: FewCLUE: A Chinese Few-shot Learning Evaluation Benchmark. "
    "https://arxiv.org/abs/2107.07498"
)
OCNLI_PAPER = (
    "Hu, Richardson, Xu, Li, Kübler, Moss: OCNLI: Original Chinese Natural Language Inference. "
    "Findings of EMNLP 2020, https://aclanthology.org/2020.findings-emnlp.314"
)
