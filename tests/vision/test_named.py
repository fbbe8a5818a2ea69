"""That a backbone's name is known without its library, and never a name that means nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
import timm
import torchvision
from hypothesis import given
from hypothesis import strategies as st

from medtune.vision.named import defined, misnamed


def test_what_the_sources_define_is_what_timm_knows() -> None:
    assert defined("timm") == set(timm.list_models())


def test_what_the_sources_define_is_what_torchvision_knows() -> None:
    assert defined("torchvision") == set(torchvision.models.list_models(module=torchvision.models))


def test_of_a_library_whose_sources_are_not_there_nothing_is_known() -> None:
    assert defined("no_such_library") == frozenset()


@given(name=st.text(st.sampled_from("abcdefgnrst0123_-"), min_size=1, max_size=12))
def test_a_name_is_refused_where_timm_does_not_know_it(name: str) -> None:
    said = misnamed(f"timm/{name}")
    assert (said is None) == timm.is_model(name)
    assert said is None or f"timm has no network called '{name}'" in said


@pytest.mark.parametrize(
    "name",
    [
        "timm/resnet18",
        "timm/resnet18.a1_in1k",
        "timm/eva_x_small_patch16",
        "timm/hf-hub:nobody/knows-this",
        "torchvision/resnet18",
        "torchvision/resnet18.IMAGENET1K_V1",
        "monai/DenseNet121",
    ],
)
def test_names_that_mean_a_network(name: str) -> None:
    assert misnamed(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("timm/resnet18.a9_in1k", "timm has no network called 'resnet18.a9_in1k'"),
        ("torchvision/resnet81", "torchvision has no classification network 'resnet81'"),
        ("torchvision/resnet18.V9", "torchvision has no weights 'V9' of resnet18"),
        ("monai/DenseNet122", "There is no 'monai/DenseNet122'. Did you mean 'monai/DenseNet121'?"),
    ],
)
def test_names_that_mean_none(name: str, said: str) -> None:
    assert said in (misnamed(name) or "")


def test_a_plain_name_needs_no_torch() -> None:
    code = (
        "import sys; from medtune.vision.named import misnamed; "
        "assert misnamed('timm/resnet18') is None; "
        "assert misnamed('torchvision/resnet18') is None; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
