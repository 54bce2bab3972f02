import pytest

import evaluators.sts
from evaluators import tasks
from evaluators.clue import tasks as clue_tasks
from flows.boards.published import COLUMNS, collections, read_means, read_published
from flows.errors import LeaderboardError

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
HEADER = ",".join(COLUMNS)
ROW = "m,,,STS12,,spearman,cls,none,,all,61.2,100,somewhere,"


def test_mteb_published_values_of_minilm():
    scores = {
        s.task: round(100 * s.value, 2)
        for s in read_published("mteb-sts")
        if s.model == MINILM and s.split == "test" and s.metric == "spearman"
    }
    expected = {"STSBenchmark": 82.03, "SICK-R": 77.58, "STS12": 72.37}
    expected |= {"STS13": 80.60, "STS15": 85.39}
    assert expected.items() <= scores.items()


def test_mteb_values_say_which_weights_they_belong_to():
    rows = [s for s in read_published("mteb-sts") if s.model == MINILM]
    assert {s.revision for s in rows} == {"8b3219a92973c328a8e22fadcfa821b5dc75636a"}
    assert {len(s.weights_sha256) for s in rows} == {64}


def test_whitening_paper_sts_b_and_the_drop_on_sick_r():
    rows = {
        (s.task, s.whitening, s.k): s.printed
        for s in read_published("bert-whitening-paper")
        if s.model == "BERT_base" and not s.notes.startswith("quoted")
    }
    assert rows["STSBenchmark", "none", None] == 59.04
    assert rows["STSBenchmark", "target", None] == 71.34
    assert rows["STSBenchmark", "target", 256] == 71.43
    assert rows["SICK-R-SentEval", "none", None] == 63.75
    assert rows["SICK-R-SentEval", "target", None] < 63.75


def test_whitening_hurts_simbert_on_atec():
    rows = {
        (s.task, s.whitening, s.k): s.printed
        for s in read_published("roformer-sim")
        if s.model == "SimBERT(V1)" and s.pooling == "cls"
    }
    assert rows["ATEC", "none", None] == 38.50
    assert rows["ATEC", "target", None] == 23.64
    assert rows["ATEC", "target", 256] == 30.79


def test_subsets_of_the_sts_years_are_aggregated_as_the_papers_said():
    for score in read_published("bert-whitening-paper"):
        years = score.task.startswith("STS1")
        assert score.aggregate == ("wmean" if years else "all")
        assert ("wmean" in score.notes) == years


NO_TASKS_HERE = (
    "cmeee",
    "csl-title",
    "people-daily",
    "sentiment-1-percent",
    "sentiment-200-labels",
)


@pytest.mark.parametrize("collection", collections())
def test_every_published_score_speaks_this_projects_names(collection):
    scores = read_published(collection)
    assert scores
    for score in scores:
        if score.method is None:
            assert score.task in tasks.names()
        else:
            assert score.task in (*clue_tasks.names(), *tasks.names(), *NO_TASKS_HERE)
            assert score.split or score.task in NO_TASKS_HERE
        assert score.pooling in evaluators.sts.POOLINGS
        assert score.whitening in (*evaluators.sts.WHITENINGS, "NLI")
        assert -1 <= score.value <= 1
        assert score.source.startswith("https://")


def test_a_method_is_named_as_arms_are_and_goes_with_a_metric_of_training(tmp_path):
    found = {s.method: s.printed for s in read_published("can") if s.task == "iflytek"}
    assert found == {"plain/linear": 60.64, "plain/linear/can": 60.95}  # RoBERTa's come last
    grad = [s for s in read_published("childtuning") if s.method == "child-tuning-f/linear"]
    assert {s.task for s in grad} >= {"tnews", "cluewsc2020"}
    assert len(grad) == 14
    header = f"{HEADER},method"
    for row in (f"{ROW},plain", ROW.replace("spearman", "accuracy") + ","):
        (tmp_path / "c.csv").write_text(f"{header}\n{row}\n")
        with pytest.raises(LeaderboardError, match="goes with a method"):
            read_published("c", root=tmp_path)


def test_collections_are_all_here_with_every_row():
    assert {name: len(read_published(name)) for name in collections()} == {
        "bert-whitening-blog": 10,
        "bert-whitening-paper": 252,
        "bert-whitening-port": 56,
        "can": 8,
        "childtuning": 42,
        "cosent": 40,
        "cosent-accuracy": 24,
        "efficient-globalpointer": 20,
        "mteb-sts": 334,
        "p-tuning": 16,
        "r-drop": 30,
        "roformer-sim": 240,
        "simcse-chinese": 150,
        "whitening-chinese": 300,
    }


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROW.replace("61.2", "61.2/63")], "row 2, printed: '61.2/63' must be one plain number"),
        ([ROW.replace("61.2", "")], "must be one plain number"),
        ([ROW.replace("61.2", "nan")], "must be one plain number"),
        ([ROW.replace(",61.2,100", ",61.2,1")], "is beyond its unit 1"),
        ([ROW.replace("100", "10")], "unit_max: '10' must be one of 1, 100"),
        ([ROW.replace("cls", "clss")], "pooling: 'clss' must be one of"),
        ([ROW.replace("spearman", "accuracy")], "metric"),
        ([ROW.replace("none,,", "none,0,")], "k: '0' is not a number of dimensions"),
        ([ROW.replace("somewhere", "")], "source: '' must not be empty"),
        ([ROW + ",more"], "as many cells as columns"),
        ([ROW.rsplit(",", 1)[0]], "as many cells as columns"),
        ([ROW, ROW.replace("61.2", "61.3")], "rows 2 and 3 are duplicates of the same score"),
    ],
)
def test_faulty_rows_are_refused_with_their_place(tmp_path, rows, said):
    (tmp_path / "c.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    with pytest.raises(LeaderboardError) as caught:
        read_published("c", root=tmp_path)
    assert said in str(caught.value)


def test_unknown_collection_and_foreign_columns_are_refused(tmp_path):
    with pytest.raises(LeaderboardError, match="did you mean 'cosent'"):
        read_published("cosents")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    with pytest.raises(LeaderboardError, match="the columns must be model, revision"):
        read_published("c", root=tmp_path)


def test_printed_averages_belong_to_cells_that_are_kept():
    means = read_means()
    assert len(means) == 14
    for mean in means:
        cells = [s for s in read_published(mean.collection) if s.model == mean.model]
        assert {s.task for s in cells if s.method == mean.method} == set(mean.tasks)


def test_decimals_are_those_of_the_source(tmp_path):
    row = ROW.replace("61.2", "61.25").replace("STS12", "STS13")
    (tmp_path / "c.csv").write_text(f"{HEADER}\n{ROW}\n{row}\n")
    assert [(s.printed, s.decimals) for s in read_published("c", root=tmp_path)] == [
        (61.2, 2),
        (61.25, 2),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "the columns must be collection, model"),
        (
            "collection,model,method,metric,tasks,printed,unit_max,source\nc,m,,spearman,A,6e1,100,s\n",
            "row 2, printed: '6e1' must be one plain number",
        ),
    ],
)
def test_faulty_averages_are_refused_with_their_place(tmp_path, text, said):
    (tmp_path / "means.csv").write_text(text)
    with pytest.raises(LeaderboardError, match=said):
        read_means(tmp_path / "means.csv")
