"""What the table of metrics says of names that libraries and cards use."""

import pytest

from flows.boards.metrics import metric_facts, phrase_facts

# fmt: off
SCORES = (
    # lm-evaluation-harness and mteb
    "acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "exact_match,strict-match",
    "em", "f1", "f1_macro", "mc1", "mc2", "mcc", "bleu", "chrf", "rouge1", "rougeL", "rougeLsum",
    "pass@1", "pass@10", "pass_at_1", "inst_level_strict_acc", "prompt_level_loose_acc",
    "likelihood_acc", "multi_choice_acc", "math_verify", "extractive_match", "best_f1",
    "HasAns_exact", "bleu_max", "rouge1_acc", "ppl_acc", "squad_f1", "qasper_f1",
    "cot_exact_match", "ndcg_at_10", "ndcg@10", "map_at_100", "mrr_at_10", "recall_at_1000",
    "precision_at_1", "cosine_spearman", "euclidean_pearson", "manhattan_accuracy", "v_measure",
    "max_ap", "hit_rate_at_10", "main_score", "similarity_ap", "nauc_ndcg_at_10_max",
    # transformers cards, keras-io, stable-baselines and spaCy
    "Accuracy", "Top-1", "Top-5 accuracy", "Validation Accuracy", "eval_accuracy",
    "Matthews Correlation", "matthews_correlation", "pearsonr", "spearmanr", "F1 Macro",
    "Precision Weighted", "mean_iou", "Mean IoU", "Mean Accuracy", "mAP", "mAP@0.5",
    "mAP@0.5(box)", "map_50", "AP50", "Rouge 1", "RougeLsum", "rouge2_fmeasure", "BLEU",
    "sacrebleu", "SacreBLEU", "meteor", "bertscore", "BERTScore F1", "BertScore Precision",
    "gleu", "chrf++", "spBLEU", "COMET", "Quadratic Weighted Kappa", "AUC", "ROC-AUC", "AUROC",
    "PR-AUC", "dice_score", "Balanced Accuracy", "r2", "R2 Score", "Explained Variance",
    "mean_reward", "mean reward", "Elo", "PSNR", "SSIM", "CLIP Score", "exact", "NER Precision",
    "NER F Score", "NER Recall", "TAG (XPOS) Accuracy", "POS (UPOS) Accuracy",
    "Morph (UFeats) Accuracy", "Lemma Accuracy", "Unlabeled Attachment Score (UAS)",
    "Labeled Attachment Score (LAS)", "Sentences F-Score", "ENTS_F", "DEP_UAS", "TAG_ACC",
    "SENTS_F", "CATS_SCORE", "ents_per_type",
    # sentence-transformers
    "cosine_accuracy@1", "cosine_accuracy_at_1", "cosine_precision@3", "cosine_ndcg@10",
    "cosine_mrr@10", "cosine_map@100", "dot_accuracy", "manhattan_f1", "pearson_cosine",
    "spearman_cosine", "spearman_max", "src2trg_accuracy", "trg2src_accuracy", "mean_accuracy",
    "sequential_score", "average_precision", "dot_map@100",
    # HELM and others
    "EM", "Quasi-exact match", "F1", "ROUGE-2", "RR@10", "NDCG@10", "BLEU-4", "Equivalent (CoT)",
    "IFEval Strict Acc", "WB Score", "Omni-MATH Accuracy", "COT correct",
    "Exact match (up to specified indicator)", "SummaC", "QAFactEval", "Win rate", "jaccard",
    "Hits@1", "CIDEr", "binary_accuracy", "sparse_categorical_accuracy", "categorical_accuracy",
    "accuracy_score", "Macro F1", "Micro F1", "Weighted F1", "macro avg f1-score",
    "recall_macro", "precision_micro", "Weighted F1 Score", "Best F1", "F-beta", "AUC-PR",
    "Top-k", "NMI", "ARI", "hits_at_10", "test_accuracy", "Training Accuracy", "success_rate",
    "Success Rate", "pass rate", "Perfect Score", "Detection Rate", "sensitivity", "Specificity",
    "judge_score", "4096", "8192",
)
NO_SCORES = (
    # lm-evaluation-harness, HELM, jiwer, transformers, keras-io, sentence-transformers, spaCy
    "acc_stderr", "acc_stderr,none", "acc_norm_stderr", "word_perplexity", "byte_perplexity",
    "bits_per_byte", "perplexity", "loss", "eval_loss", "Validation Loss", "train_loss",
    "Log loss", "brier_score", "ece", "ECE (1-bin)", "ECE (10-bin)", "ter", "TER", "wer", "cer",
    "WER", "CER", "Test WER", "Test WER (+LM)", "wer_with_lm", "wer_without_norm",
    "Word Error Rate", "word error rate", "Char Error Rate", "mer", "wil", "MSE", "mae", "RMSE",
    "mean_squared_error", "mean_absolute_error", "Mean Squared Error", "Root Mean Squared Error",
    "mape", "SMAPE", "eer", "EER (%)", "der", "DER", "Equal Error Rate", "minDCF",
    "Hamming Loss", "hamming_loss", "error rate", "error_rate", "Top-1 error", "top1_err", "fid",
    "FID", "FID-50k", "Fréchet inception distance", "LPIPS", "edit distance",
    "Levenshtein distance", "normalized_edit_distance", "latency", "latency_ms",
    "Inference time (s)", "Denoised inference time (s)", "runtime", "eval_runtime",
    "train_runtime", "eval_samples_per_second", "eval_steps_per_second", "samples/s", "FPS",
    "throughput", "epoch", "num_train_epochs", "step", "global_step", "# eval", "# train",
    "# prompt tokens", "# output tokens", "num_references", "params", "Params (B)", "#Params",
    "Model Size", "size_gb", "FLOPs", "GFLOPs", "GMACs", "Max Tokens", "Embedding Dimensions",
    "Memory (GB)", "Peak memory", "VRAM", "CO2", "CO₂ cost (kg)", "co2_eq_emissions", "gen_len",
    "Gen Len", "Generation length", "sys_len", "ref_len", "length_ratio", "brevity_penalty",
    "rank", "Rank", "Mean Rank", "Average Rank", "Rank (Borda)", "cosine_accuracy_threshold",
    "cosine_f1_threshold", "accuracy_threshold", "f1_threshold", "best_exact_thresh",
    "best_f1_thresh", "threshold", "std", "std dev", "standard deviation", "stderr",
    "confidence interval", "Toxic fraction", "toxicity", "Stereotypes (race)",
    "Representation (gender)", "pct_stereotype", "likelihood_diff", "bypass", "HasAns_total",
    "NoAns_total", "total", "truncated", "Train trunc", "std_reward", "SPEAKER ERROR", "NLL",
    "negative log likelihood", "KL divergence", "nll_loss", "cross_entropy",
    "Bits per dimension", "mean_rank", "median rank", "average", "overall", "Mean", "support",
    "n_samples", "evaluation_time", "evaluation_time", "kg_co2_emissions", "Cost ($)",
    "Price / 1M", "time_s", "Training time", "num_params", "vocab_size", "context_length",
    "Hallucination Rate", "Attack Success Rate", "ASR-attack", "Phoneme Error Rate", "PER",
    "Character Error Rate (CER)", "Position Error",
    "mean_absolute_percentage_error", "max_error", "median_absolute_error", "miss rate",
    "False Positive Rate", "CRPS", "pinball loss", "MASE", "WAPE", "chamfer", "MPJPE", "EPE",
    "Abs Rel", "minADE", "validation loss", "Val Loss", "val_loss", "Loss", "test loss",
    "crossentropy", "avg_loss", "reconstruction_loss", "perplexity (masked)",
    "pseudo-perplexity",
)
# fmt: on


@pytest.mark.parametrize("name", SCORES)
def test_a_score_is_one_of_which_more_is_better(name):
    facts = metric_facts(name)
    assert facts is not None
    assert facts.reason == ""


@pytest.mark.parametrize("name", NO_SCORES)
def test_an_error_a_cost_or_a_count_is_no_score(name):
    facts = metric_facts(name)
    assert facts is not None
    assert facts.reason


@pytest.mark.parametrize(
    ("name", "kind", "better"),
    [
        ("wer", "error", "lower"),
        ("eval_loss", "loss", "lower"),
        ("latency_ms", "cost", "lower"),
        ("eval_samples_per_second", "cost", "higher"),
        ("Params (B)", "count", ""),
        ("Rank (Borda)", "rank", "lower"),
        ("cosine_f1_threshold", "threshold", ""),
        ("acc_norm_stderr", "standard error", ""),
        ("gen_len", "text statistic", ""),
        ("Mean (Task)", "aggregate", "higher"),
        ("bleu", "score", "higher"),
        ("negative_mse", "score", "higher"),
        ("neg_log_loss", "score", "higher"),
        ("negative log likelihood", "loss", "lower"),
    ],
)
def test_the_kind_and_direction_of_a_metric(name, kind, better):
    facts = metric_facts(name)
    assert (facts.kind, facts.better) == (kind, better)


@pytest.mark.parametrize("name", ["frobnication", "quality index", "xyz", "", "🙂", "Δ"])
def test_nothing_is_said_of_an_unknown_name(name):
    assert metric_facts(name) is None


def test_case_width_accents_and_punctuation_do_not_matter():
    names = (
        "Fréchet inception distance",
        "FRECHET_INCEPTION-DISTANCE",
        "ｆｒｅｃｈｅｔ inception distance",
    )
    assert {metric_facts(name) for name in names} == {metric_facts("frechet inception distance")}


@pytest.mark.parametrize(
    "name",
    [
        "BrazilianToxicTweetsClassification",
        "ToxicConversationsVNClassification",
        "Error Detection",
        "Grammatical Error Correction",
        "CoLA",
        "MNLI-mm",
        "MMLU-PRO",
        "SEED-Bench",
        "CrossRE",
        "TERRa",
        "MAP",
        "Bias in Bios",
        "Math Lvl 5",
        "NoveltyBench",
        "LossyCounting",
        "Ranking of Facts",
    ],
)
def test_a_task_is_no_metric(name):
    facts = phrase_facts(name)
    assert facts is None or not facts.reason


@pytest.mark.parametrize(
    "name", ["Average ⬆️", "#", "# Params", "WikiText PPL", "latency_ms", "WER"]
)
def test_a_column_that_is_no_task_is_told_by_its_name(name):
    assert phrase_facts(name).reason
