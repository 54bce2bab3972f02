"""NaN and infinity are found in every dtype, exactly where torch finds them."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from evaluators.checkpoint.weights import validate_finite
from evaluators.errors import CheckpointError

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
SMALL = [torch.float8_e5m2, torch.float8_e4m3fn]
OTHERS = [torch.int64, torch.int32, torch.uint8, torch.bool]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", [0, 5_000_000, 5_000_002])
def test_one_bad_weight_anywhere_is_found(tmp_path, dtype, bad, place):
    tensor = torch.zeros(5_000_003, dtype=dtype)
    tensor[place] = bad
    save_file({"a.first": torch.ones(1, dtype=torch.uint8), "b": tensor}, tmp_path / "w")
    with pytest.raises(CheckpointError, match=f"tensor b .* first at element {place} of 5000003"):
        validate_finite(tmp_path / "w")


@pytest.mark.parametrize("dtype", FLOATS + SMALL, ids=str)
def test_every_bit_pattern_is_judged_as_torch_judges_it(tmp_path, dtype):
    size = torch.empty(0, dtype=dtype).element_size()
    integer = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[size]
    if size <= 2:
        patterns = torch.arange(256**size).to(integer)
    else:  # every exponent, with a mantissa of zeros, of ones and in between
        shift, exponents = (23, 256) if size == 4 else (52, 2048)
        high = torch.arange(exponents, dtype=torch.int64)[:, None] << shift
        low = torch.tensor([0, 1, 1 << (shift - 1), (1 << shift) - 1])
        patterns = (high | low).flatten().to(integer)
    values = patterns.view(dtype)
    finite = torch.isfinite(values.float() if size == 1 else values)
    for keep, raises in ((finite, False), (~finite, True)):
        for chosen in [patterns[keep]] if not raises else patterns[keep][:64].split(1):
            save_file({"w": chosen.view(dtype)}, tmp_path / "w")
            if raises:
                with pytest.raises(CheckpointError, match="NaN or infinity"):
                    validate_finite(tmp_path / "w")
            else:
                validate_finite(tmp_path / "w")


@pytest.mark.parametrize("dtype", OTHERS, ids=str)
def test_whole_numbers_of_any_bits_are_fine(tmp_path, dtype):
    ones = torch.full((64,), 255, dtype=torch.uint8)
    tensor = ones.view(dtype) if dtype is not torch.bool else ones.bool()
    save_file({"w": tensor}, tmp_path / "w")
    validate_finite(tmp_path / "w")


def test_empty_tensors_are_fine(tmp_path):
    save_file({"none": torch.empty(0, 4), "scalar": torch.tensor(1.0)}, tmp_path / "w")
    validate_finite(tmp_path / "w")
