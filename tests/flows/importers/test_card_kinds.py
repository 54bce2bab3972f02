"""What tells rows and columns of model cards apart, which numbers count, and hostile cards."""

import time

import pytest
import yaml

from tests.flows.importers.conftest import cells, refused, taken


def entry(dataset, *metrics, task="text-classification"):
    """Return a result: a data set (name, or keys), and metrics as (type, name, value)."""
    of = dataset if isinstance(dataset, dict) else {"name": dataset, "type": dataset}
    keys = ("type", "name", "value")
    return {
        "task": {"type": task},
        "dataset": of,
        "metrics": [dict(zip(keys, metric, strict=True)) for metric in metrics],
    }


def card(*results, name="org/a", key="model-index"):
    content = yaml.safe_dump({key: [{"name": name, "results": list(results)}]})
    return f"---\nlicense: mit\n{content}---\n# A card\n"


def value(text):
    """Return a card whose accuracy is written in exactly this way."""
    return card(entry("d", ("accuracy", "Accuracy", "VALUE"))).replace("VALUE", text)


def glue(args, metric="accuracy"):
    return entry({"name": "glue", "type": "glue", "args": args}, (metric, metric, 0.5))


@pytest.fixture
def folder(put, tmp_path):
    def write(**cards):
        for place, text in cards.items():
            put(f"cards/{place.replace('__', '/')}/README.md", text)
        return tmp_path / "cards"

    return write


def column_of(found):
    """Return the columns that each model has a score in."""
    return {model: sorted(scores) for model, scores in cells(found).items()}


# Which numbers share a column.


@pytest.mark.parametrize(
    ("first", "second", "columns"),
    [
        (glue("cola"), glue("sst2"), ["glue [cola]", "glue [sst2]"]),
        (
            entry({"name": "cv", "config": "ta"}, ("f1", "F1", 0.5)),
            entry({"name": "cv", "config": "no"}, ("f1", "F1", 0.5)),
            ["cv [ta]", "cv [no]"],
        ),
        (
            entry({"name": "d", "split": "test"}, ("f1", "F1", 0.5)),
            entry({"name": "d", "split": "validation"}, ("f1", "F1", 0.5)),
            ["d [test]", "d [validation]"],
        ),
        (
            entry({"name": "opus", "args": "en-fr"}, ("bleu", "BLEU", 0.5)),
            entry({"name": "opus", "args": {"src": "en", "tgt": "de"}}, ("bleu", "BLEU", 0.5)),
            ["opus [en-fr]", "opus [src en, tgt de]"],
        ),
        (
            entry({"name": "cv", "args": "config: hi, split: test"}, ("f1", "F1", 0.5)),
            entry({"name": "cv", "config": "hi", "split": "test"}, ("f1", "F1", 0.5)),
            ["cv [hi, test]", "cv [hi, test]"],
        ),
        (
            entry("d", ("f1", "F1 Macro", 0.5)),
            entry("d", ("f1", "F1 Micro", 0.5)),
            ["d f1 macro", "d f1 micro"],
        ),
        (
            entry("d", ("rouge", "Rouge1", 0.5)),
            entry("d", ("rouge", "RougeLsum", 0.5)),
            ["d rouge1", "d rougelsum"],
        ),
        (
            entry("d", ("accuracy", "Top-1 Accuracy", 0.5)),
            entry("d", ("accuracy", "Top-5 Accuracy", 0.5)),
            ["d accuracy top 1", "d accuracy top 5"],
        ),
        (
            entry("d", ("accuracy", "Accuracy", 0.5)),
            entry("d", ("Accuracy", "Test Accuracy", 0.5)),
            ["d", "d"],
        ),
        (
            entry("europarl", ("accuracy", "Accuracy", 0.5), task="translation-ranking"),
            entry("europarl", ("accuracy", "Accuracy", 0.5), task="language-identification"),
            ["europarl (translation-ranking)", "europarl (language-identification)"],
        ),
        (
            entry({"name": "emotion", "type": "emotion"}, ("f1", "F1", 0.5)),
            entry({"name": "emotion", "type": "someone/emotion"}, ("f1", "F1", 0.5)),
            ["emotion (emotion)", "emotion (someone/emotion)"],
        ),
    ],
)
def test_only_numbers_of_one_task_and_metric_share_a_column(folder, first, second, columns):
    found = taken("model-card", folder(a=card(first, name="a"), b=card(second, name="b")))
    assert column_of(found) == {"a": [columns[0]], "b": [columns[1]]}


def test_the_options_of_a_metric_tell_it_apart(put):
    result = entry("d", ("f1", "F1", 0.5), ("f1", "F1", 0.6))
    result["metrics"][0]["args"] = {"average": "macro"}
    result["metrics"][1]["config"] = "micro"
    found = taken("model-card", put("README.md", card(result)))
    assert cells(found) == {"org/a": {"d f1 average macro": 0.5, "d f1 micro": 0.6}}


def test_a_type_that_stands_several_times_is_told_apart_by_its_names(put):
    names = ["Precision Macro", "Precision Micro", "Precision Weighted", "Precision (entity)"]
    text = card(entry("d", *[("precision", name, 0.9) for name in names]))
    assert column_of(taken("model-card", put("README.md", text))) == {
        "org/a": sorted(f"d {n.lower().replace('(', '').replace(')', '')}" for n in names)
    }


def test_data_that_a_name_does_not_identify_is_said_aloud(folder):
    local = entry({"name": "imagefolder", "type": "imagefolder"}, ("accuracy", "Accuracy", 0.5))
    found = taken("model-card", folder(a=card(local, name="a"), b=card(local, name="b")))
    assert any("imagefolder: says nothing of the data" in note for note in found.notes)


# Who a row is.


def test_two_repositories_with_one_name_are_two_rows(folder):
    path = folder(
        user1=card(entry("conll2003", ("f1", "F1", 0.93)), name="bert-ner"),
        user2=card(entry("wnut_17", ("f1", "F1", 0.42)), name="bert-ner"),
        user3__bert_ner=card(entry("wnut_17", ("f1", "F1", 0.41)), name="bert_ner"),
    )
    found = taken("model-card", path)
    assert cells(found) == {
        "user1/bert-ner": {"conll2003": 0.93},
        "user2/bert-ner": {"wnut_17": 0.42},
        "bert_ner": {"wnut_17": 0.41},
    }
    assert any("1 name of several cards, told apart by folder" in note for note in found.notes)
    assert taken("model-card", path, model_from="folder").board.models == (
        "user1",
        "user2",
        "user3/bert_ner",
    )
    renamed = taken("model-card", path, rename={"user1/bert-ner": "first"})
    assert renamed.board.models[0] == "first"


def test_cards_of_one_name_in_one_folder_are_told_apart_by_file(put, tmp_path):
    for name in ("v1", "v2"):
        put(f"cards/{name}.md", card(entry("d", ("f1", "F1", 0.5)), name="model"))
    assert taken("model-card", tmp_path / "cards").board.models == ("v1/model", "v2/model")


def test_a_model_without_a_name_is_named_by_its_folder(folder):
    path = folder(org__a=card(entry("d", ("f1", "F1", 0.5)), name=""))
    assert "--model-from folder" in refused("model-card", path)
    assert taken("model-card", path, model_from="folder").board.models == ("org/a",)


# Which cards are read.


def test_the_keys_of_transformers_4_9_are_read(put):
    old = {"task": {"type": "t"}, "dataset": {"name": "d", "args": "mrpc"}}
    old["metric"] = {"name": "F1", "type": "f1", "value": 0.9}
    found = taken("model-card", put("README.md", card(old, key="model_index")))
    assert cells(found) == {"org/a": {"d [mrpc]": 0.9}}


def test_cards_without_results_and_faulty_cards_are_skipped_aloud_or_refused(folder):
    path = folder(
        a=card(entry("d", ("accuracy", "Accuracy", 0.91)), name="a"),
        b="---\nlicense: mit\n---\n",
        c=card(name="c"),
        d="---\na: [\n---\n",
        e="no front matter\n",
        f=card(entry("d", ("wer", "WER", 0.2)), name="f"),
        g=card(entry("d", ("accuracy", "Accuracy", "1:30")), name="g"),
    )
    found = taken("model-card", path)
    assert cells(found) == {"a": {"d": 0.91}}
    notes = "\n".join(found.notes)
    assert "2 cards without results skipped: b/README.md, c/README.md" in notes
    assert "3 cards with a fault skipped: d/README.md (its front matter is not valid" in notes
    assert "1 card without a score that is imported skipped: f/README.md" in notes
    message = refused("model-card", path, strict=True)
    assert "5 problems" in message
    assert "c/README.md: states no results" in message


def test_a_single_card_without_results_is_an_error(put):
    assert "states no results" in refused("model-card", put("README.md", card()))
    assert "states no results" in refused("model-card", put("b/README.md", "---\na: 1\n---\n"))


# Which numbers are scores.


def test_a_metric_that_is_left_out_raises_no_problem(put):
    double = [entry("cv", ("wer", "Wer", 20.4)), entry("cv", ("wer", "WER", "n/a"))]
    text = card(*double, entry("samsum", ("accuracy", "Acc", 80.0)))
    assert cells(taken("model-card", put("README.md", text))) == {"org/a": {"samsum": 80.0}}


def test_a_card_of_error_rates_alone_names_the_reason_and_the_way_out(put):
    path = put("README.md", card(entry("cv", ("wer", "WER", 25.1), ("cer", "CER", 6.2))))
    message = refused("model-card", path)
    assert "left out, as less is better: cer, wer" in message
    assert "--lower-is-better" in message
    assert "--metric-direction" in message
    found = taken("model-card", path, lower=True)
    assert [c.higher_is_better for c in found.board.columns] == [False, False]


def test_an_unknown_metric_is_asked_for(put):
    path = put("README.md", card(entry("d", ("frobnication", "Frobnication", 0.5))))
    assert "--metric-direction 'frobnication'=higher" in refused("model-card", path)
    found = taken("model-card", path, directions={"frobnication": "higher"})
    assert cells(found) == {"org/a": {"d": 0.5}}


def test_proportions_beside_per_cent_of_another_card_are_refused_or_converted(folder):
    path = folder(
        a=card(entry("d", ("accuracy", "Accuracy", 0.91)), name="a"),
        b=card(entry("d", ("accuracy", "Accuracy", 90.0)), name="b"),
    )
    assert "--scale per-card" in refused("model-card", path)
    found = taken("model-card", path, {"scale": "per-card"})
    assert cells(found) == {"a": {"d": pytest.approx(91.0)}, "b": {"d": 90.0}}
    note = "proportions of 1 card multiplied by 100, as asked: a/README.md (accuracy)"
    assert note in found.notes


def test_a_metric_in_proportions_beside_another_in_per_cent_is_converted_by_itself(put):
    text = card(entry("d", ("bleu", "BLEU", 40.5), ("chrf", "chr-F", 0.65)))
    path = put("README.md", text)
    assert "proportions beside per cent" in refused("model-card", path)
    found = taken("model-card", path, {"scale": "per-card"})
    assert cells(found) == {"org/a": {"d bleu": 40.5, "d chrf": 65.0}}


def test_a_card_that_names_no_data_set_is_said_aloud(folder):
    ner = entry({}, ("f_score", "NER F Score", 0.85), task="token-classification")
    ner["task"]["name"] = "NER"
    path = folder(en=card(ner, name="en"), no=card(ner, name="no"))
    found = taken("model-card", path)
    assert any("says nothing of the data" in note for note in found.notes)


# How a number may be written.


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9e-1", 0.9),
        ('"9.1e-1"', 0.91),
        (".91", 0.91),
        ("+0.5", 0.5),
        ("1.", 1.0),
        ("!!float 0.25", 0.25),
        ("'0.75'", 0.75),
    ],
)
def test_a_decimal_number_is_read_however_it_is_written(put, text, number):
    found = taken("model-card", put("README.md", value(text)), unit=1.0)
    assert cells(found) == {"org/a": {"d": number}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1:30", "to the base 60"),
        ("190:20:30.15", "to the base 60"),
        ("010", "is 010, which is 8 in YAML 1.1 and 10 in YAML 1.2: write 10"),
        ("089", "which is text in YAML 1.1 and 89 in YAML 1.2"),
        ("0x1F", "'0x1F', which is not a number"),
        ("9_1", "write 91"),
        ("0,91", "write 0.91"),
        ("92.3%", "write it without %"),
        ("0.91 ± 0.02", "write the mean, 0.91, or give --plus-minus mean"),
        ("253.41 +/- 18.20", "write the mean, 253.41"),
        ("1e400", "too large for a score"),
        ("-.inf", "is -.inf, which is not a score"),
        (".NaN", "is .NaN, which is not a score"),
        ("yes", "'yes', which is not a number"),
        ("[0.91]", "a list or a mapping, which is not a number"),
        ("~", "which is not a number"),
        ("9" * 5000, "which is not a number"),
    ],
)
def test_any_other_value_is_refused_with_what_to_write(put, text, said):
    assert said in refused("model-card", put("README.md", value(text)))


def test_the_mean_of_a_value_with_its_spread_is_taken_where_asked(put):
    path = put("README.md", value("0.91 ± 0.02"))
    found = taken("model-card", path, {"plus_minus": "mean"})
    assert cells(found) == {"org/a": {"d": 0.91}}
    assert any("the mean was taken, as asked" in note for note in found.notes)


# Hostile cards.

ALIASES = "\n".join(
    ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
)
MERGES = "\n".join(
    ["m0: &m0 {x: 1}", *(f"m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}" for i in range(1, 40))]
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("---\n" + "[" * 10_000 + "\n---\n", "nested deeper than 50"),
        ("---\n" + "".join(f"{' ' * i}a:\n" for i in range(2000)) + "---\n", "nested deeper"),
        (f"---\n{MERGES}\n---\n", "a merge key"),
        (
            f"---\n{ALIASES}\nmodel-index:\n- name: *a39\n  results: *a39\n---\n",
            "states no results",
        ),
        ("---\na: 1\na: 2\n---\n", "a second key 'a'"),
        ("---\nx: a\0b\n---\n", "not valid YAML"),
        ("---\na: 1\n---\n".encode("utf-16"), "UTF-16"),
        (b"---\na: \xff\n---\n", "not UTF-8"),
        ("---\na: [" + "1," * 400_000 + "]\n---\n", "more than 150,000 values"),
        ("---\n? [a]\n: 1\n---\n", "not valid YAML"),
        (b"---\n" + b"a" * (9 * 2**20), "more than 8 MiB"),
    ],
    ids=[
        "brackets",
        "indents",
        "merges",
        "aliases",
        "duplicate keys",
        "NUL",
        "UTF-16",
        "Latin 1",
        "values",
        "list as a key",
        "large",
    ],
)
def test_a_hostile_card_is_a_named_error_soon(put, content, said):
    path = put("README.md", content)
    started = time.process_time()
    assert said in refused("model-card", path)
    assert time.process_time() - started < 10


def test_aliases_in_names_and_values_stay_short(put):
    text = f"---\n{ALIASES}\nmodel-index:\n- name: m\n  results:\n"
    text += "  - {dataset: {name: *a39, args: *a39}, metrics: [{type: f1, value: *a39}]}\n---\n"
    assert "a list or a mapping, which is not a number" in refused(
        "model-card", put("README.md", text)
    )
