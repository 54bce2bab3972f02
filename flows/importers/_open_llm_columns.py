"""What the Open LLM Leaderboard called its columns, from snapshot to snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

MODEL = "model"
AVERAGE = "average"

AVERAGES = ("average", "model_average_score", "Average ⬆️", "Average")
MODELS = ("fullname", "model_name", "Model", "model")

VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "2": {
            "IFEval": ("ifeval", "evaluations_ifeval_normalized_score", "IFEval"),
            "BBH": ("bbh", "evaluations_bbh_normalized_score", "BBH"),
            "MATH Lvl 5": ("math_lvl_5", "evaluations_math_normalized_score", "MATH Lvl 5"),
            "GPQA": ("gpqa", "evaluations_gpqa_normalized_score", "GPQA"),
            "MUSR": ("musr", "evaluations_musr_normalized_score", "MUSR"),
            "MMLU-PRO": ("mmlupro", "evaluations_mmlu_pro_normalized_score", "MMLU-PRO"),
        },
        "1": {
            "ARC": ("ARC", "arc"),
            "HellaSwag": ("HellaSwag", "hellaswag"),
            "MMLU": ("MMLU", "mmlu"),
            "TruthfulQA": ("TruthfulQA", "truthfulqa"),
            "Winogrande": ("Winogrande", "winogrande"),
            "GSM8K": ("GSM8K", "gsm8k"),
        },
        "2 raw": {
            "IFEval": ("ifeval_raw", "evaluations_ifeval_value", "IFEval Raw"),
            "BBH": ("bbh_raw", "evaluations_bbh_value", "BBH Raw"),
            "MATH Lvl 5": ("math_lvl_5_raw", "evaluations_math_value", "MATH Lvl 5 Raw"),
            "GPQA": ("gpqa_raw", "evaluations_gpqa_value", "GPQA Raw"),
            "MUSR": ("musr_raw", "evaluations_musr_value", "MUSR Raw"),
            "MMLU-PRO": ("mmlupro_raw", "evaluations_mmlu_pro_value", "MMLU-PRO Raw"),
        },
    }
)
"""Tasks by version of the board, each with every name its column has had."""

DETAILS = (
    *("precision", "model_precision", "Precision"),
    *("model_sha", "Model sha", "type", "model_type", "Type"),
    *("weight_type", "model_weight_type", "chat_template", "model_has_chat_template"),
    *("submission_date", "metadata_submission_date"),
)
"""What tells two submissions of one model apart."""

FLAGGED = ("features_is_flagged",)
"""Marks what the board's own editors object to; `flagged` of 2024 was true of every row."""

INERT = frozenset(
    {
        *DETAILS,
        *AVERAGES,
        *MODELS,
        *("t", "T", "id", "eval_name", "url"),
        *("architecture", "model_architecture", "Architecture", "not_merged", "flagged", "moe"),
        *("hub_license", "params_b", "hub_hearts", "available_on_the_hub", "upload_to_hub_date"),
        *("maintainers_highlight", "generation", "base_model"),
        *("features_is_not_available_on_hub", "features_is_merged", "features_is_moe"),
        *("features_is_official_provider", "metadata_upload_date", "metadata_generation"),
        *("metadata_base_model", "metadata_hub_license", "metadata_hub_hearts"),
        *("metadata_params_billions", "metadata_co2_cost", "Weight type", "Hub License"),
        *(f"evaluations_{task}_name" for task in ("ifeval", "bbh", "math", "gpqa", "musr")),
        "evaluations_mmlu_pro_name",
    }
)
"""Columns that are known and hold no score."""


def find(known: Sequence[str], header: Sequence[str]) -> str | None:
    """Return the first known name that the header has."""
    return next((name for name in known if name in header), None)
