"""Ollama's template is the model's own, or there is none."""

from __future__ import annotations

import pytest

from medtune.config.generation import Generation
from medtune.text.conversation import Message
from medtune.text.modelfile import Turns, modelfile, turns_of
from medtune.text.template import prompt_of
from tests.text.tokenizers import TEMPLATES, small_tokenizer, template

NAMES = [*TEMPLATES, None]


def made_of(name: str | None):
    return small_tokenizer(None if name is None else template(name, tagged=False))


@pytest.mark.parametrize("name", NAMES)
def test_it_renders_as_the_models_own(name):
    made = made_of(name)
    turns = turns_of(made)
    assert turns is not None
    talk = [Message("user", "where?"), Message("assistant", "there"), Message("user", "when?")]
    assert turns.rendered(talk) == prompt_of(made, talk).text
    assert ("system" in turns.around) == (name != "gemma"), "which refuses one"


def test_ollama_begins_an_answer_as_it_was_taught():
    turns = turns_of(made_of("thinking"))
    assert turns is not None
    assert turns.as_go().endswith("<|assistant|>\n<think>\n\n</think>\n\n")
    assert "<think>" not in turns.around["assistant"][0], "an earlier answer has no thought"


@pytest.mark.parametrize("text", [
    # a message of the system within the first question; turns that are counted; no turn shown
    "{% for m in messages %}{% if m['role'] == 'system' %}{% set s = m['content'] %}{% else %}"
    "{{ loop.index ~ ': ' + m['content'] + '<|end|>' }}{% endif %}{% endfor %}",
    "{% for m in messages %}{{ m['content'] | upper }}{% endfor %}",
])  # fmt: skip
def test_what_is_no_chain_of_turns_has_none(text):
    assert turns_of(small_tokenizer(text)) is None


def test_a_system_message_within_a_question_is_not_told_as_a_turn():
    made = small_tokenizer(
        "{% set s = '' %}{% for m in messages %}{% if m['role'] == 'system' %}"
        "{{ '[INST] <<' + m['content'] + '>> ' }}{% elif m['role'] == 'user' %}"
        "{% if loop.index0 == 0 or messages[loop.index0 - 1]['role'] != 'system' %}{{ '[INST] ' }}"
        "{% endif %}{{ m['content'] + ' [/INST]' }}"
        "{% else %}{{ m['content'] + '</s>' }}{% endif %}{% endfor %}"
    )
    turns = turns_of(made)
    assert turns is not None
    assert "system" not in turns.around
    assert "SYSTEM" not in modelfile(made, turns, "m.gguf", Generation(), 64, "Be kind.")


def test_the_file_says_how_to_draw_and_when_to_stop():
    made = made_of("chatml")
    turns = turns_of(made)
    assert turns is not None
    how = Generation(max_tokens=40, temperature=0.7, top_p=0.9, seed=3)
    lines = modelfile(made, turns, "m.gguf", how, 512, "Be kind.").splitlines()
    assert lines[0] == "FROM ./m.gguf"
    assert 'SYSTEM """Be kind."""' in lines
    assert [line for line in lines if line.startswith("PARAMETER")] == [
        'PARAMETER stop "<|im_end|>"', 'PARAMETER stop "</s>"', "PARAMETER num_ctx 512",
        "PARAMETER num_predict 40", "PARAMETER temperature 0.7", "PARAMETER top_p 0.9",
        "PARAMETER seed 3", "PARAMETER top_k 0", "PARAMETER min_p 0", "PARAMETER repeat_penalty 1",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 20240115, 2**31 - 1])
@pytest.mark.parametrize("most", [512, 131072, 1048576])
@pytest.mark.parametrize("heat", [0.0, 1 / 3, 0.1 + 0.2, 1e-5, 1e-40])
def test_numbers_are_written_to_their_last_digit(seed: int, most: int, heat: float):
    made = made_of("chatml")
    turns = turns_of(made)
    assert turns is not None
    how = Generation(temperature=heat, seed=seed)
    said = dict(
        line.split()[1:]
        for line in modelfile(made, turns, "m.gguf", how, most, None).splitlines()
        if line.startswith("PARAMETER") and " stop " not in line
    )
    assert (said["seed"], said["num_ctx"]) == (str(seed), str(most))
    assert float(said["temperature"]) == (heat if heat > 1e-30 else 0)


def test_the_first_token_is_written_once():
    """llama.cpp begins a text with it where the tokenizer does."""
    made = made_of("llama3")
    turns = turns_of(made)
    assert turns is not None
    assert turns.start == "<s>"
    said = modelfile(made, turns, "m.gguf", Generation(), 64, None)
    assert 'TEMPLATE """<s>{{ range' in said
    made.add_bos_token = True
    made.update_post_processor()
    assert made("a")["input_ids"][0] == made.bos_token_id
    assert 'TEMPLATE """{{ range' in modelfile(made, turns, "m.gguf", Generation(), 64, None)


def test_braces_stand_for_themselves():
    turns = Turns("", {"user": ("{{u}}", "")}, "")
    assert '{{ "{{" }}u}}{{ .Content }}' in turns.as_go()
