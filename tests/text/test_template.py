"""Exactly the assistant's tokens and their end token are learnt, whatever the template."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerBase

from medtune.text.backbones import load_tokenizer
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.template import Rendered, answers_of, ids_of, prompt_of, render, shown, tokens_of
from medtune.text.tiny import write_tiny
from tests.text.tokenizers import SPECIAL, TEMPLATES, small_tokenizer, template

ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>", "gemma": "<end_of_turn>",
        "mistral": "</s>", "thinking": "<|end|>", "channel": "<|end|>", "silent": "<|im_end|>",
        None: "</s>"}  # fmt: skip
TALK = (
    Message("user", "the first question"),
    Message("assistant", "a first answer", taught=True),
    Message("user", "and then?"),
    Message("assistant", " a second, ünder strain 😀 ", taught=True),
)


def learnt_words(name: str | None, tagged: bool, talk: tuple[Message, ...]) -> list[str]:
    """What is learnt, run by run."""
    made = small_tokenizer(None if name is None else template(name, tagged=tagged))
    (tokens,) = tokens_of(made, [render(made, talk)])
    marked = shown(made, tokens)
    # where a template puts a blank before an answer, it belongs to the answer's first token
    return [part.partition("⟧")[0].lstrip(" ") for part in marked.split("⟦")[1:]]


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_the_answers_and_their_ends_are_learnt(name: str | None, tagged: bool):
    end = ENDS[name]
    assert learnt_words(name, tagged, TALK) == [
        f"a first answer{end}", f"a second, ünder strain 😀{end}"
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_an_answer_of_weight_0_is_read_and_not_learnt(name: str | None):
    first, answer, *rest = TALK
    talk = (first, Message("assistant", answer.content), *rest)
    assert learnt_words(name, False, talk) == [f"a second, ünder strain 😀{ENDS[name]}"]


@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_what_follows_the_prompt_is_learnt_from_its_first_token(name: str | None):
    """Or the model would be asked for a token in use that it never learnt to say."""
    made = small_tokenizer(None if name is None else template(name, tagged=False))
    (tokens,) = tokens_of(made, [render(made, TALK[:2])])
    prompt = ids_of(made, prompt_of(made, TALK[:1]))
    assert tokens.ids[: len(prompt)].tolist() == prompt
    assert not tokens.learnt[: len(prompt)].any()
    assert tokens.learnt[len(prompt)]


WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="⟦⟧<[|"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(WORDS, WORDS, st.booleans()), min_size=1, max_size=4), st.data())
def test_any_talk_in_any_template(turns: list[tuple[str, str, bool]], data: st.DataObject):
    name = data.draw(st.sampled_from([*TEMPLATES, None]))
    talk: list[Message] = []
    for asked, told, taught in turns:
        talk += [Message("user", asked), Message("assistant", told, taught=taught)]
    talk[-1] = Message("assistant", turns[-1][1], taught=True)
    tagged = data.draw(st.booleans())
    made = small_tokenizer(None if name is None else template(name, tagged=tagged))
    rendered = render(made, talk)
    said = [m.content.strip() + ENDS[name] for m in talk if m.taught]
    # a blank before an answer that the prompt has not is the answer's
    assert [rendered.text[a:b].lstrip(" ") for a, b in rendered.spans] == said
    assert learnt_words(name, tagged, tuple(talk)) == said


@settings(max_examples=100, deadline=None)
@given(WORDS, st.data())
def test_a_token_is_an_answers_if_any_of_its_characters_is(text: str, data: st.DataObject):
    """Also where an answer ends within a character of several tokens, or within a token."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    made = small_tokenizer(None)
    ((ids, answer),) = answers_of(made, [Rendered(text, ((start, end),))])
    said = made(text, add_special_tokens=False, return_offsets_mapping=True)
    places = np.array(said["offset_mapping"]).reshape(-1, 2)
    assert ids.tolist() == said["input_ids"]
    assert (answer == ((places[:, 0] < end) & (places[:, 1] > start))).all()


def test_the_answer_follows_what_is_asked():
    for name in ("chatml", "llama3", "gemma", "thinking", "channel"):
        made = small_tokenizer(template(name, tagged=False))
        whole = render(made, TALK[:2])
        prompt = prompt_of(made, TALK[:1]).text
        assert whole.text.startswith(prompt)
        assert whole.spans[0][0] == len(prompt)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerBase:
    """The tokenizer of a small model; its tokens are learnt from texts."""
    folder = tmp_path_factory.mktemp("tiny")
    texts = [message.content for message in TALK] * 9 + [
        "user\n\nassistant\n\n",
        *TEMPLATES.values(),
    ]
    write_tiny(folder, texts)
    made = load_tokenizer(folder)
    made.add_special_tokens({"additional_special_tokens": SPECIAL[2:]})
    return made


@pytest.mark.parametrize("brief", [False, True])
@pytest.mark.parametrize("answers", [1, 3])
@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_a_model_is_asked_with_what_it_was_taught_with(
    tiny: PreTrainedTokenizerBase, name: str | None, answers: int, brief: bool
):
    """Token by token: prompt and learnt answer are the conversation, each way to go on with it."""
    if brief and name == "gemma":
        pytest.skip("its template takes no system message")
    tiny.chat_template = None if name is None else template(name, tagged=False)
    talk = [Message("system", "Be brief.")] if brief else []
    for number in range(answers):
        told = f"{number}. ünder strain"
        talk += [
            Message("user", f"What of {number}?\n\nPlease!"),
            Message("assistant", told, taught=True),
        ]
        (taught,) = tokens_of(tiny, [render(tiny, talk)])
        asked = ids_of(tiny, prompt_of(tiny, talk[:-1]))
        assert taught.ids[: len(asked)].tolist() == asked
        answer = taught.ids[len(asked) :]
        learnt = taught.learnt[len(asked) :]
        assert tiny.decode(answer[learnt].tolist()).strip() == f"{told}{ENDS[name]}"
        assert learnt[: learnt.sum()].all(), "from its first token to its end"


def test_a_thought_of_an_earlier_answer_is_asked_for_as_the_template_shows_it():
    made = small_tokenizer(template("thinking", tagged=False))
    assert prompt_of(made, TALK[:3]).text == (
        "<|user|>\nthe first question<|end|>\n<|assistant|>\na first answer<|end|>\n"
        "<|user|>\nand then?<|end|>\n<|assistant|>\n<think>\n\n</think>\n\n"
    )


@pytest.mark.parametrize("text", [
    # a thought is begun that no answer has; a system message is shown before a last question alone
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|><think>' }}{% endif %}",
    "{% for m in messages %}{% if m['role'] == 'user' %}"
    "{% if loop.last and messages[0]['role'] == 'system' %}{{ messages[0]['content'] }}{% endif %}"
    "{{ '[INST]' + m['content'] + '[/INST]' }}"
    "{% elif m['role'] == 'assistant' %}{{ m['content'] + '</s>' }}{% endif %}{% endfor %}",
])  # fmt: skip
def test_a_template_that_asks_otherwise_than_it_teaches_is_told(text: str):
    made = small_tokenizer(text)
    talk = (Message("system", "Be brief."), *TALK[:2])
    with pytest.raises(FaultError, match="asks for an answer by something else"):
        prompt_of(made, talk[:2])
    with pytest.raises(FaultError, match="asks for an answer by something else"):
        render(made, talk)


def test_what_a_template_refuses_or_changes_is_told():
    made = small_tokenizer(template("gemma", tagged=False))
    with pytest.raises(FaultError, match="refuses these turns"):
        render(made, [Message("system", "Be kind."), *TALK])
    made.chat_template = "{% for m in messages %}{{ m['content'] | upper }}{% endfor %}"
    with pytest.raises(FaultError, match="does not show an answer once"):
        render(made, TALK)
    made.chat_template = "{% for m in messages %}{{ m['content'] | replace('a', 'b') }}{% endfor %}"
    with pytest.raises(FaultError, match="changes what an answer says"):
        render(made, TALK)


def test_many_at_once_are_each_alone():
    made = small_tokenizer(template("chatml", tagged=False))
    talks = [TALK, TALK[:2], TALK[2:]]
    together = tokens_of(made, [render(made, talk) for talk in talks])
    for talk, tokens in zip(talks, together, strict=True):
        (alone,) = tokens_of(made, [render(made, talk)])
        assert (tokens.ids == alone.ids).all()
        assert (tokens.learnt == alone.learnt).all()
