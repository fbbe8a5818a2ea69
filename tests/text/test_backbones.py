"""Language models as backbone and head: the same as plain transformers, packed or not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

from medtune.errors import WeightsError
from medtune.text.backbones import Speaker, load_speaker, load_tokenizer, most_tokens
from medtune.text.samples import NOT_JUDGED, packed, rows_of
from medtune.text.template import Tokens
from tests.text.tokenizers import small_tokenizer


def llama(*, tied: bool, **more: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128,
        tie_word_embeddings=tied, **more,
    )  # fmt: skip


GPT2 = GPT2Config(vocab_size=300, n_embd=32, n_layer=2, n_head=4, n_positions=128)
END = 2
CONFIGS = {
    "llama": llama(tied=False),
    "llama-tied": llama(tied=True),
    "llama-end-pads": llama(tied=True, pad_token_id=END, eos_token_id=END),
    "gpt2": GPT2,
}


@pytest.fixture(params=list(CONFIGS))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A small model as the hub has it."""
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(CONFIGS[request.param]).save_pretrained(tmp_path / "small")
    return tmp_path / "small"


def talks(count: int = 12) -> list[Tokens]:
    draw = np.random.default_rng(0)
    sizes = draw.integers(5, 40, count)
    return [Tokens(draw.integers(0, 300, n), draw.random(n) < 0.5) for n in sizes]


def test_the_logits_are_transformers(folder: Path):
    plain = AutoModelForCausalLM.from_pretrained(folder).eval()
    speaker = load_speaker(folder).eval()
    tokens = torch.randint(0, 300, (2, 17), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(speaker(tokens), plain(tokens).logits, atol=1e-6)


def test_every_parameter_stands_once_and_has_its_depth(folder: Path):
    speaker = load_speaker(folder)
    names = dict(speaker.backbone.named_parameters())
    depths = speaker.backbone.depths()
    assert set(depths) == set(names)
    assert sorted(name for block in speaker.backbone.blocks() for name in block) == sorted(names)
    assert sorted(set(depths.values())) == list(range(max(depths.values()) + 1))
    layer = next(name for name in names if ".1." in name)
    assert depths[layer] == 2
    assert len({t.data_ptr() for t in speaker.state_dict().values()}) == len(speaker.state_dict())


def test_a_tied_head_has_no_weights_of_its_own(tmp_path: Path):
    for tied in (True, False):
        model = AutoModelForCausalLM.from_config(llama(tied=tied))
        assert bool(list(Speaker(model).head.parameters())) is not tied


def test_packed_conversations_have_the_loss_of_those_alone(folder: Path):
    speaker, said = load_speaker(folder).eval(), talks()
    total, count = 0.0, 0
    with torch.no_grad():
        for tokens in said:
            alone = rows_of([[tokens]], pad=0)
            logits = speaker(alone.inputs)
            total += float(_loss(logits, alone.targets))
            count += int((alone.targets != NOT_JUDGED).sum())
        plan = packed(said, 64)
        assert max(map(len, plan)) > 1
        together = rows_of([[said[i] for i in row] for row in plan], pad=0)
        logits = speaker(together.inputs, together.positions)
    assert int((together.targets != NOT_JUDGED).sum()) == count
    assert float(_loss(logits, together.targets)) / count == pytest.approx(total / count, abs=1e-5)
    assert together.useful == sum(len(tokens.ids) for tokens in said)


def _loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=NOT_JUDGED, reduction="sum"
    )


def test_the_first_token_of_a_conversation_is_nobodys_target():
    one = Tokens(np.array([5, 6, 7]), np.array([True, True, True]))
    two = Tokens(np.array([8, 9]), np.array([True, True]))
    rows = rows_of([[one, two], [two]], pad=0)
    assert rows.targets.tolist() == [[6, 7, -100, 9, -100], [9, -100, -100, -100, -100]]
    assert rows.positions.tolist() == [[0, 1, 2, 0, 1], [0, 1, 2, 3, 4]]


def test_rows_of_one_conversation_need_no_mask(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Where several share a row they must not see each other; a mask is slower."""
    real, masks = torch.nn.functional.scaled_dot_product_attention, []

    def attend(*args, attn_mask=None, **options):
        masks.append(attn_mask)
        return real(*args, attn_mask=attn_mask, **options)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", attend)
    speaker = load_speaker(folder)
    one, two = (Tokens(np.arange(n), np.ones(n, bool)) for n in (7, 4))
    for conversations, masked in (([[one], [two]], False), ([[one], [two, two]], True)):
        masks.clear()
        rows = rows_of(conversations)
        speaker(rows.inputs, rows.positions)
        assert masks
        assert {mask is not None for mask in masks} == {masked}


def test_from_scratch_has_other_weights(folder: Path):
    torch.manual_seed(5)
    scratch, pretrained = load_speaker(folder, weights=False), load_speaker(folder)
    pairs = zip(scratch.parameters(), pretrained.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)


def test_the_end_token_learns_where_a_model_pads_with_it(tmp_path: Path):
    config = CONFIGS["llama-end-pads"]
    plain = AutoModelForCausalLM.from_config(config)
    plain.save_pretrained(tmp_path)
    assert plain.get_input_embeddings().padding_idx == END, "or this test shows nothing"
    assert not plain.get_input_embeddings().weight[END].any()
    scratch = load_speaker(tmp_path, weights=False).backbone
    row = scratch.body.get_input_embeddings().weight
    assert 0.3 < float((row[END].std() / row.std()).detach()) < 3
    assert not load_speaker(tmp_path).backbone.body.get_input_embeddings().weight[END].any()
    scratch(torch.tensor([[5, END, 7]])).square().sum().backward()
    assert row.grad is not None
    assert row.grad[END].any()


def test_what_could_run_code_is_refused(folder: Path):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(WeightsError, match="brings code of its own"):
        load_speaker(folder)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=r"no model\.safetensors"):
        load_speaker(folder)
    with pytest.raises(WeightsError, match=r"no tokenizer\.json"):
        load_tokenizer(folder)
    (folder / "config.json").unlink()
    with pytest.raises(WeightsError, match=r"no config\.json"):
        load_speaker(folder)


def test_the_most_that_a_model_reads_is_known(folder: Path):
    assert most_tokens(folder) == 128


def test_a_tokenizer_of_a_folder(tmp_path: Path):
    made = small_tokenizer(None)
    made.save_pretrained(tmp_path)
    read = load_tokenizer(tmp_path)("other things", return_offsets_mapping=True)
    assert read["input_ids"] == made("other things")["input_ids"]
    assert read["offset_mapping"][:3] == [(0, 1), (1, 3), (3, 5)], "o, th, er"
