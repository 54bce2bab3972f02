"""CSV files that the evaluators of sentence-transformers write."""

import csv
import time

import pytest

from tests.flows.importers.conftest import about, cells, refused, taken

HEAD = "epoch,steps,cosine_pearson,cosine_spearman\n"
NAME = "similarity_evaluation_dev_results.csv"
SPEARMAN = "dev similarity cosine_spearman"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Results of a bag of words under four evaluators, at two steps and at the end."""
    peer = pytest.importorskip("sentence_transformers", reason="the peer is not installed")
    from sentence_transformers.sentence_transformer import evaluation
    from sentence_transformers.sentence_transformer.modules import BoW

    folder = tmp_path_factory.mktemp("st")
    left = ["a red cat sits", "the dog runs", "a fish swims", "blue dog in the park"]
    right = ["a cat on the mat", "a dog runs in the park", "the cat sits", "a fish in the sea"]
    words = {word for text in left + right for word in text.split()}
    model = peer.SentenceTransformer(modules=[BoW(vocab=sorted(words))], device="cpu")
    path = str(folder / "org" / "bow" / "eval")
    score = evaluation.EmbeddingSimilarityEvaluator(left, right, [0.8, 0.2, 0.1, 0.3], name="dev")
    score(model, path, epoch=0, steps=10)
    score(model, path, epoch=1, steps=-1)
    score(model, path)
    evaluation.BinaryClassificationEvaluator(left, right, [1, 0, 0, 1], name="pairs")(model, path)
    evaluation.TripletEvaluator(left, right, left[::-1], name="three")(model, path)
    evaluation.InformationRetrievalEvaluator(
        {"q": left[0], "r": left[1]},
        {"d": right[0], "e": right[1], "f": right[3]},
        {"q": {"d"}, "r": {"f"}},
        name="find",
    )(model, path)
    return folder


def test_real_files_are_a_row_a_step_without_thresholds(written):
    found = taken("sentence-transformers", written)
    at = {column.name: j for j, column in enumerate(found.board.columns)}
    assert found.board.models == (
        "org/bow",
        "org/bow (epoch 0, steps 10)",
        "org/bow (epoch 1)",
    )
    assert not [name for name in at if "threshold" in name]
    assert "dev similarity cosine_spearman" in at
    with next(written.rglob("binary_*.csv")).open() as file:
        row = next(csv.DictReader(file))
    column = at["pairs binary classification cosine_ap"]
    assert found.board.values[0, column] == float(row["cosine_ap"])
    assert "find retrieval cosine-NDCG@10" in at
    assert "three triplets accuracy_cosine" in at


def test_facts_are_those_of_the_models_own_card(put):
    put("a/README.md", "---\nbase_model: distilroberta-base\nlanguage: en\n---\n")
    folder = put(f"a/eval/{NAME}", HEAD + "-1,-1,0.1,0.9\n").parents[2]
    put(f"b/eval/{NAME}", HEAD + "-1,-1,0.1,0.8\n")
    facts = about(taken("sentence-transformers", folder))
    assert facts == {"a": {"base_model": "distilroberta-base", "languages": "en"}, "b": {}}


def test_one_step_of_each_model_is_taken_where_asked(put):
    put(f"a/eval/{NAME}", HEAD + "0,100,0.1,0.9\n1,-1,0.2,0.3\n10,5,0.3,0.4\n")
    folder = put(f"b/{NAME}", HEAD + "0,100,0.1,0.5\n-1,-1,0.2,0.25\n").parents[1]
    own = {"metric": ("cosine_spearman",)}
    newest = cells(taken("sentence-transformers", folder, own, keep="newest"))
    assert newest == {"a": {SPEARMAN: 0.4}, "b": {SPEARMAN: 0.25}}
    best = taken("sentence-transformers", folder, own, keep="best")
    assert cells(best) == {"a": {SPEARMAN: 0.9}, "b": {SPEARMAN: 0.5}}
    assert "--keep best leaves 3 rows out" in " ".join(best.notes)


def test_the_last_row_of_a_step_counts(put):
    path = put(f"a/{NAME}", HEAD + "-1,-1,0.1,0.9\n-1,-1,0.2,0.3\n")
    own = {"metric": ("cosine_spearman",)}
    assert cells(taken("sentence-transformers", path, own)) == {"a": {SPEARMAN: 0.3}}


def test_the_mean_of_nanobeir_is_left_out_beside_its_parts(put):
    head = "epoch,steps,cosine-NDCG@10\n-1,-1,"
    put("a/NanoBEIR_evaluation_mean_results.csv", head + "0.5\n")
    put("a/Information-Retrieval_evaluation_NanoNQ_results.csv", head + "0.4\n")
    put("b/NanoBEIR_evaluation_mean_results.csv", head + "0.7\n")
    folder = put(
        "a/Information-Retrieval_evaluation_NanoDBPedia_results.csv", head + "0.6\n"
    ).parents[1]
    found = taken("sentence-transformers", folder)
    assert set(cells(found)["a"].values()) == {0.4, 0.6}
    assert cells(found)["b"] == {"mean NanoBEIR cosine-NDCG@10": 0.7}
    assert "a mean of other columns: mean NanoBEIR" in " ".join(found.notes)


def test_errors_are_left_out_aloud(put):
    put("a/mse_evaluation_x_results.csv", "epoch,steps,MSE\n-1,-1,nan\n")
    folder = put(f"a/{NAME}", HEAD + "-1,-1,0.25,0.5\n").parents[1]
    found = taken("sentence-transformers", folder)
    assert set(cells(found)["a"].values()) == {0.25, 0.5}


def test_twenty_thousand_steps_are_read_in_seconds(put):
    lines = "".join(f"{i},{i},0.25,0.5\n" for i in range(20_000))
    begun = time.process_time()
    found = taken("sentence-transformers", put(f"a/{NAME}", HEAD + lines), keep="newest")
    assert cells(found)["a"][SPEARMAN] == 0.5
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD + "-1,-1,nan,0.5\n", "cannot read 'nan' as a score"),
        (HEAD + "-1,-1,1e400,0.5\n", "cannot read '1e400' as a score"),
        (HEAD + "-1,-1,0.5\n", "3 cells under 4 columns"),
        (HEAD + "-1,-1,1.5,0.5\n", "is beyond the unit 1"),
        ("step,a\n1,2\n", "is not a result of an evaluator"),
        ("epoch,steps," + ",".join(map(str, range(1_000_000))) + "\n", "a line of more than"),
        (HEAD.encode("utf-16"), "cannot be read as UTF-8 CSV"),
        (b"epoch,steps\0,x\n", "NUL characters"),
        (HEAD, "the file has no rows"),
    ],
)
def test_hostile_files_are_refused_by_name_and_soon(put, content, said):
    path = put(NAME, content)
    begun = time.process_time()
    assert said in refused("sentence-transformers", path)
    assert time.process_time() - begun < 10


def test_another_name_is_not_a_result(put):
    assert "must be called *_results.csv" in refused(
        "sentence-transformers", put("x.csv", HEAD + "-1,-1,0.5,0.5\n")
    )
