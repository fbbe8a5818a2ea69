"""A finished model answers: by itself alone, and as plain transformers would."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from medtune.config.generation import Generation
from medtune.config.load import load_run
from medtune.errors import DataError, InputError
from medtune.text.answerer import load
from medtune.text.conversation import Message
from medtune.text.generate import answer, stops_of
from medtune.text.right_answer import Question, by_likelihood, right_first
from medtune.text.template import prompt_of
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.learning.small import CPU
from tests.text.tokenizers import TEMPLATES, small_tokenizer, template
from tests.workflow.chat_runs import REPLIES, record, write_talks

ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>", "gemma": "<end_of_turn>",
        "mistral": "</s>", "thinking": "<|end|>", "channel": "<|end|>", "silent": "<|im_end|>",
        None: "</s>"}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose run has learnt its four replies."""
    folder = tmp_path_factory.mktemp("said")
    settings = ["training.epochs=8", "training.batch_size=4"]
    train(load_run(write_talks(folder, 160), settings), show=False)
    return folder


def asked(folder: Path, records: list[object], name: str = "new.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    return file


def test_it_answers_what_it_learnt(desk):
    new = [record(1000 + n) for n in range(8)]
    first = [{"messages": one["messages"][:2]} for one in new]  # the answer is not read
    said = predict(desk / "runs/talk", asked(desk, first), desk / "said.csv", show=False)
    assert list(said) == ["row", "answer", "bits_per_byte", "decision", "refused", "reason"]
    assert said["row"].tolist() == list(range(1, 9))
    expected = [list(REPLIES.values())[n % len(REPLIES)] for n in range(1000, 1008)]
    right = [a.startswith(b) for a, b in zip(said["answer"], expected, strict=True)]
    assert sum(right) >= 6, said["answer"].tolist()
    assert not said["refused"].any()
    assert pd.read_csv(desk / "said.csv")["answer"].tolist() == said["answer"].tolist()


def test_it_puts_the_answers_first_that_it_learnt(desk):
    own = load(desk / "runs/talk")
    right = 0.0
    for start in range(2000, 2024, 4):
        four = [
            Question(topic, (Message("user", record(start + n)["messages"][0]["content"]),), reply)
            for n, (topic, reply) in enumerate(REPLIES.items())
        ]
        scores = by_likelihood(four, own.tokenizer, 128, own.network, CPU)
        right += right_first(scores).sum()
    assert right >= 12, "of 24; chance is 6"


def test_plain_transformers_say_the_same(desk):
    language = desk / "runs/talk/language"
    model = AutoModelForCausalLM.from_pretrained(language).eval()
    tokenizer = AutoTokenizer.from_pretrained(language)
    own = load(desk / "runs/talk")
    for number in range(3):
        turns = [Message("user", f"invoice: where is number {number} of it?")]
        prompt = prompt_of(tokenizer, turns).text
        ids = tokenizer(prompt, add_special_tokens=False, return_tensors="pt")
        out = model.generate(
            ids["input_ids"], attention_mask=ids["attention_mask"], max_new_tokens=30,
            do_sample=False, pad_token_id=0, eos_token_id=tokenizer.eos_token_id,
        )  # fmt: skip
        plain = tokenizer.decode(out[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
        assert answer(own, turns, Generation(max_tokens=30)).text == plain.strip()


def test_how_sure_it_is_of_its_words_is_in_bits_per_byte(desk):
    own = load(desk / "runs/talk")
    model, tokenizer = own.network.speaker.model, own.tokenizer
    turns = [Message("user", "invoice: where is it?")]
    said = answer(own, turns, Generation(max_tokens=40))
    assert said.whole
    asked = tokenizer(prompt_of(tokenizer, turns).text, add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        ids = model.generate(
            torch.tensor([asked]), max_new_tokens=40, do_sample=False, pad_token_id=0,
            eos_token_id=tokenizer.eos_token_id,
        )  # fmt: skip
        likely = model(input_ids=ids).logits[0].log_softmax(dim=-1)
    at = torch.arange(len(asked), ids.shape[1])
    nats = -likely[at - 1, ids[0, at]].sum().item()
    expected = nats / math.log(2) / len(said.text.encode())
    assert said.sure.bits_per_byte == pytest.approx(expected, rel=1e-4)
    assert (said.sure.decision, said.sure.probability) == ("not decided", None)
    strange = answer(own, turns, Generation(max_tokens=40, temperature=2.0, seed=1))
    assert strange.sure.bits_per_byte > 2 * said.sure.bits_per_byte
    file = desk / "sure.jsonl"
    file.write_text('{"prompt": "invoice: where is it?"}\n{"prompt": ""}\n')
    table = predict(desk / "runs/talk", file, desk / "sure.csv", show=False)
    assert table["bits_per_byte"][0] == pytest.approx(expected, rel=1e-4)
    assert table["decision"][0] == "not decided"
    assert table[["bits_per_byte", "decision"]].isna().all(axis=1).tolist() == [False, True]


def test_who_types_a_special_token_ends_no_turn(desk, monkeypatch):
    own = load(desk / "runs/talk")
    model, tokenizer = own.network.speaker.model, own.tokenizer
    generate, read = model.generate, []

    def heard(seen: torch.Tensor, **more: object) -> torch.Tensor:
        read.append(seen)
        return generate(seen, **more)

    monkeypatch.setattr(model, "generate", heard)
    typed = f"invoice?{tokenizer.eos_token}\nQuestion: delivery?"
    answer(own, [Message("user", typed)], Generation(max_tokens=2))
    assert not torch.isin(read[0], torch.tensor(tokenizer.all_special_ids)).any()
    assert typed in tokenizer.decode(read[0][0])


def test_what_is_drawn_depends_on_seed_and_question_alone(desk):
    records = [{"prompt": f"password: {n} and {n + 1}?"} for n in range(4)]
    hot = ["generation.temperature=2", "generation.max_tokens=12"]

    def said(records: list[object], *settings: str) -> list[str]:
        file = asked(desk, records, "drawn.jsonl")
        table = predict(
            desk / "runs/talk", file, desk / "drawn.csv", settings=[*hot, *settings], show=False
        )
        return table["answer"].tolist()

    torch.manual_seed(1)
    once = said(records)
    torch.manual_seed(2)
    assert said(records[::-1]) == once[::-1]
    assert said(records, "generation.seed=9") != once


def test_what_cannot_be_answered_is_refused_with_its_reason(desk):
    records = [
        {"messages": [{"role": "user", "content": "  "}]},
        {"messages": []},
        {"messages": [{"role": "boss", "content": "x"}]},
        {"messages": [{"role": "assistant", "content": "x"}]},
        ["a list"],
        {"prompt": "delivery: when?"},
    ]
    said = predict(desk / "runs/talk", asked(desk, records), desk / "said.csv", show=False)
    assert said["refused"].tolist() == [True] * 5 + [False]
    reasons = said["reason"].tolist()
    assert "message 1 says nothing [missing_content]" in reasons[0]
    assert "[missing_messages_list]" in reasons[1]
    assert "[unrecognized_role]" in reasons[2]
    assert "nobody asks anything [no_question]" in reasons[3]
    assert "not an object" in reasons[4]


def test_a_question_in_parts_is_answered_as_the_same_in_one(desk):
    parts = [{"type": "text", "text": text} for text in ("delivery:", "when?")]
    picture = [*parts, {"type": "image_url", "image_url": {"url": "x"}}]
    records = [
        {"messages": [{"role": "user", "content": content}]}
        for content in ("delivery:\nwhen?", parts, picture)
    ]
    said = predict(desk / "runs/talk", asked(desk, records), desk / "said.csv", show=False)
    assert said["refused"].tolist() == [False, False, True]
    assert said["answer"][0] == said["answer"][1]
    assert "no text (image_url)" in said["reason"][2]


def test_a_long_answer_is_cut_and_says_so(desk):
    file = desk / "new.csv"
    pd.DataFrame({"prompt": ["printer: does not print"]}).to_csv(file, index=False)
    short = ["generation.max_tokens=2"]
    said = predict(desk / "runs/talk", file, desk / "said.csv", settings=short, show=False)
    assert said["reason"].tolist() == ["cut at 'generation.max_tokens'"]
    assert said["row"].tolist() == [2]


def test_a_long_question_leaves_room_for_its_answer(desk):
    own = load(desk / "runs/talk")
    long = Message("user", "invoice: " + "ka lo mi " * 400)
    assert answer(own, [long], Generation(max_tokens=20)).text


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"settings": ["training.epochs=2"]}, InputError, "is of training"),
        ({"metadata": "x.csv"}, InputError, "--metadata is about films"),
        ({"data": "none.jsonl"}, DataError, r"There is no file none\.jsonl"),
        ({"data": "empty.jsonl"}, DataError, r"empty\.jsonl has no record"),
        ({"data": "wrong.csv"}, DataError, r"wrong\.csv has no column 'prompt'"),
    ],
)
def test_what_does_not_fit_is_told(desk, change, error, said):
    (desk / "empty.jsonl").write_text("")
    (desk / "wrong.csv").write_text("text\nx\n")
    given = {"data": "new.jsonl", **change}
    asked(desk, [{"prompt": "x"}])
    with pytest.raises(error, match=said):
        predict(desk / "runs/talk", desk / given.pop("data"), desk / "out.csv", show=False, **given)


@pytest.mark.parametrize("name", [*TEMPLATES, None])
def test_an_answer_stops_where_its_template_ends_it(name):
    tokenizer = small_tokenizer(None if name is None else template(name, tagged=False))
    stops = tokenizer.convert_ids_to_tokens(stops_of(tokenizer))
    assert set(stops) == {ENDS[name], "</s>"}
