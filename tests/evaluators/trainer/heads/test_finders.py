"""Methods and heads are found by the names that plans give them."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from evaluators.errors import MethodError
from evaluators.names import UnknownNameError
from evaluators.trainer import heads, methods
from evaluators.trainer.heads import HeadSetup
from evaluators.trainer.named import words


def test_every_method_and_head_keeps_the_shape_that_plans_count_on() -> None:
    for name in methods.names():
        assert methods.find(name).given is not None
        assert callable(methods.make(name).loss)
    for name in heads.names():
        module = heads.find(heads._families(name)[0], name).module
        setup = HeadSetup(module.FAMILIES[0], ("a", "b"), 8, 0.1)
        if name == "p-tuning":  # it reads more of a checkpoint than the width of its states
            with pytest.raises(MethodError, match="there is none"):
                heads.make(setup, name)
            continue
        head = heads.make(setup, name)
        for promised in ("loss", "log_probabilities", "decode"):
            assert callable(getattr(head, promised)), (name, promised)
        assert isinstance(head, torch.nn.Module)


def test_every_family_has_a_head_of_its_own() -> None:
    for family, spec in heads.DEFAULTS.items():
        assert heads.find(family) == heads.find(family, spec)


def test_an_option_that_came_later_leaves_the_keys_of_earlier_jobs_as_they_were() -> None:
    usual, refusing = heads.find("entity"), heads.find("entity", "tagger")
    assert (usual.options.overlaps, refusing.options.overlaps) == ("longest", "refuse")
    assert (usual.given, refusing.given) == ({}, {"overlaps": "refuse"})
    assert words(usual) == words(refusing) == "tagger"
    for found in (usual, refusing):
        assert heads.find("entity", heads.of_job(found.name, found.given)) == found
    crf = heads.find("entity", {"name": "crf", "overlaps": "longest"})
    assert heads.find("entity", heads.of_job("crf", crf.given)) == crf


def test_options_are_checked_with_the_plan() -> None:
    assert heads.find("classification", {"name": "linear", "pooler": True}).given["pooler"] is True
    with pytest.raises(UnknownNameError, match="did you mean 'linear'"):
        heads.find("classification", "linaer")
    with pytest.raises(UnknownNameError, match="option of head linear 'pool'"):
        heads.find("classification", {"name": "linear", "pool": True})
    with pytest.raises(MethodError, match="head linear: pooler"):
        heads.find("classification", {"name": "linear", "pooler": "perhaps"})
    with pytest.raises(MethodError, match="has none"):
        methods.find({"alpha": 4})
    with pytest.raises(UnknownNameError, match="unknown method"):
        methods.find("magic")


def test_a_head_of_another_family_is_refused_with_one_that_fits() -> None:
    with pytest.raises(MethodError, match="is for classification, not for choice: take choice"):
        heads.find("choice", "linear")


def test_looking_for_names_pulls_in_no_torch() -> None:
    code = (
        "import sys\nfrom evaluators.trainer import heads, methods\n"
        "[heads.find(f) for f in heads.DEFAULTS]; [methods.find(n) for n in methods.names()]\n"
        "print({'torch', 'numpy', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
