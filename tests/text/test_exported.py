"""Adapters that were merged say what they said apart, also where transformers alone opens them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medtune.config.generation import Generation
from medtune.errors import WeightsError
from medtune.learning.adapt.adapters import insert, merge
from medtune.text.answerer import Answerer
from medtune.text.backbones import opened_plainly
from medtune.text.card import Card
from medtune.text.conversation import Message
from medtune.text.exported import (
    PROBES,
    difference_of_answerer,
    same_beginning,
    write_answerer,
)
from medtune.text.faults import FaultError
from medtune.text.licence import licence_of
from medtune.text.plain_template import NO_THOUGHT, plain_template
from medtune.text.template import PLAIN, prompt_of, render
from tests.text.talking import lesson, teller
from tests.text.tokenizers import TEMPLATES, small_tokenizer, template


def answerer(network, chat_template: str | None = None) -> Answerer:
    card = Card("desk", "simulated", "support_chat", {}, 256, [], "")
    return Answerer(network.eval(), card, small_tokenizer(chat_template))


@pytest.mark.parametrize("dora", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_merged_adapters_say_what_they_said_apart(tmp_path: Path, dora: bool, tied: bool):
    network = teller(tied=tied)
    teach = lesson(tmp_path, network, adapt="lora").teach
    adapters = insert(network, teach, rank=4, dora=dora, seed=1)
    torch.manual_seed(2)
    with torch.no_grad():
        for parameter in adapters:
            parameter += 0.2 * torch.randn_like(parameter)
    ids = torch.randint(0, len(small_tokenizer(None)), (2, 40))
    with torch.inference_mode():
        before = teller(tied=tied).speaker(ids)
        apart = network.eval().speaker(ids)
    merge(network)
    own = answerer(network)
    write_answerer(own, Generation(), tmp_path / "out")
    model, _ = opened_plainly(tmp_path / "out")
    with torch.inference_mode():
        plain = model(input_ids=ids).logits
    assert (apart - before).abs().max() > 1e-2, "the adapters say something"
    assert (plain - apart).abs().max() < 1e-4
    assert difference_of_answerer(own, tmp_path / "out") < 1e-4


def test_another_model_is_told_apart(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    write_answerer(answerer(teller(seed=1)), Generation(), tmp_path / "out")
    difference_of_answerer(answerer(teller(seed=1)), tmp_path / "out")
    assert capfd.readouterr() == ("", ""), "no bar of transformers' own"
    assert difference_of_answerer(answerer(teller(seed=2)), tmp_path / "out") > 1e-3
    other = answerer(teller(seed=1), template("chatml", tagged=False))
    with pytest.raises(FaultError, match="reads a conversation otherwise"):
        difference_of_answerer(other, tmp_path / "out")


SWITCH = template("thinking", tagged=False).removesuffix("{% endif %}") + (
    "{% if enable_thinking is defined and enable_thinking is false %}"
    "{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}\n"
)


@pytest.mark.parametrize("text", [
    *(template(name, tagged=False) for name in TEMPLATES), SWITCH, PLAIN, None,
])  # fmt: skip
def test_plain_transformers_asks_as_the_model_was_taught(tmp_path: Path, text: str | None):
    """Whoever opens the folder: by its template alone, without anything said beside it."""
    own = answerer(teller(), text)
    write_answerer(own, Generation(), tmp_path / "out")
    _, plain = opened_plainly(tmp_path / "out")
    talk = [Message("user", "a {b}"), Message("assistant", "c"), Message("user", "d\ne")]
    turns = [{"role": message.role, "content": message.content} for message in talk]
    for end in (1, 3):
        said = plain.apply_chat_template(turns[:end], tokenize=False, add_generation_prompt=True)
        assert said == prompt_of(own.tokenizer, talk[:end]).text
    answered = [*talk, Message("assistant", "f", taught=True)]
    said = plain.apply_chat_template(
        [{"role": message.role, "content": message.content} for message in answered], tokenize=False
    )
    assert said == render(own.tokenizer, answered).text, "and is taught further as it was"
    assert difference_of_answerer(own, tmp_path / "out") < 1e-4


def test_a_template_that_has_a_switch_is_told_by_it_alone(tmp_path: Path):
    assert plain_template(small_tokenizer(SWITCH), PROBES) == NO_THOUGHT + SWITCH
    own = template("chatml", tagged=False)
    assert plain_template(small_tokenizer(own), PROBES) == own


def test_a_template_that_cannot_be_told_is_not_exported(tmp_path: Path):
    """The answers' beginning tells how many turns there were, which nothing at the end can."""
    own = answerer(teller(), (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ 'answer ' ~ loop.index ~ ':' }}"
        "{% endif %}{{ m['content'] + '<|end|>' }}{% endfor %}"
    ))  # fmt: skip
    with pytest.raises(WeightsError, match="cannot be told to ask by more"):
        write_answerer(own, Generation(), tmp_path / "out")


def test_a_beginning_is_the_same_for_all_or_none():
    kind, brief, asked = (
        Message("system", "Be kind."),
        Message("system", "Be brief."),
        Message("user", "a"),
    )
    assert same_beginning([(kind, asked), (kind, asked, asked)]) == "Be kind."
    assert same_beginning([(kind, asked), (brief, asked)]) is None
    assert same_beginning([(kind, asked), (asked,)]) is None
    assert same_beginning([(asked,)]) is None
    assert same_beginning([]) is None


@pytest.mark.parametrize(("page", "name"), [
    ("---\nlicense: apache-2.0\ntags: [a]\n---\n# M\n", "apache-2.0"),
    ("---\nlicense: other\nlicense_name: own-1\n---\n", "own-1"),
    ("---\ntags: [a]\n---\n", "unknown"),
    ("# license: mit\n", "unknown"),
    ("---\nlicense: [\n---\n", "unknown"),
    (None, "unknown"),
])  # fmt: skip
def test_a_licence_is_what_the_publisher_says(tmp_path: Path, page: str | None, name: str):
    if page is not None:
        (tmp_path / "README.md").write_text(page)
    (tmp_path / "LICENSE").write_text("terms")
    found = licence_of(tmp_path)
    assert found.name == name
    assert [file.name for file in found.files] == ["LICENSE"]
