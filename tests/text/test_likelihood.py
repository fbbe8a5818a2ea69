"""Answers are learnt by the one way to learn: the loss is transformers', packed or not."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from medtune.errors import InputError
from medtune.learning.adapt import METHODS
from medtune.learning.adapt.adapters import insert, merge
from medtune.learning.adapt.four_bits import FourBits
from medtune.learning.fit import fit
from medtune.learning.keep import Keep
from medtune.learning.weights import read_state
from medtune.text.likelihood import Answers, likelihoods
from medtune.text.talk_rows import TalkRows
from tests.learning.small import CPU
from tests.learning.watching import watched
from tests.text.talking import lesson, talks_in, teller


def test_the_loss_is_that_of_transformers_and_packing_changes_nothing(tmp_path):
    network, said = teller().eval(), talks_in(tmp_path, 9)
    names = list(said.place.index)
    alone = TalkRows(said, names)
    plain = []
    for name in names:
        tokens = said.of(name)
        labels = torch.from_numpy(np.where(tokens.learnt, tokens.ids, -100))[None]
        with torch.no_grad():
            out = network.speaker.model(torch.from_numpy(tokens.ids)[None], labels=labels)
        plain.append(-float(out.loss) * int(tokens.learnt.sum()))
    assert likelihoods(network, alone, CPU, at_once=4) == pytest.approx(plain, abs=1e-3)

    task, together = Answers(), TalkRows(said, names, room=256)
    assert len(together) < len(names)
    mean = []
    for samples in (alone, together):
        batch = samples.__getitems__(range(len(samples)))
        with torch.no_grad():
            total, count = task.loss(network(*batch.seen), batch)
        mean.append((float(total) / float(count), float(count)))
    assert mean[0][1] == mean[1][1]
    assert mean[0][0] == pytest.approx(mean[1][0], abs=1e-5)


def test_gradients_of_packed_rows_are_those_of_the_rows_alone(tmp_path):
    said, found = talks_in(tmp_path, 9), []
    for room in (None, 256):
        network = teller(tied=False)
        samples = TalkRows(said, list(said.place.index), room=room)
        batch = samples.__getitems__(range(len(samples)))
        total, count = Answers().loss(network(*batch.seen), batch)
        (total / count).backward()
        found.append({n: p.grad.clone() for n, p in network.named_parameters()})
    assert all(torch.allclose(found[0][n], found[1][n], atol=1e-5) for n in found[0])


def test_layers_that_are_computed_anew_have_the_same_gradient(tmp_path):
    said, found, calls = talks_in(tmp_path, 6), [], []
    for anew in (False, True):
        network, seen = teller(tied=False).train(), []
        network.backbone.body.layers[0].mlp.register_forward_pre_hook(
            lambda *_, s=seen: s.append(1)
        )
        if anew:
            network.backbone.recompute()
        samples = TalkRows(said, list(said.place.index))
        batch = samples.__getitems__(range(len(samples)))
        total, _ = Answers().loss(network(*batch.seen), batch)
        total.backward()
        found.append({n: p.grad.clone() for n, p in network.named_parameters()})
        calls.append(len(seen))
    assert calls == [1, 2]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_likelihoods_are_each_rows_own_whatever_its_batch(tmp_path):
    """Rows are sorted for the sake of their lengths, and put back."""
    network, said = teller().eval(), talks_in(tmp_path, 32)
    samples = TalkRows(said, [str(n) for n in (31, 4, 9, 17, 0, 2)])
    lengths = [len(tokens.ids) for tokens in samples.tokens]
    order = samples.shortest_first
    assert sorted(lengths) == [lengths[at] for at in order] != lengths
    alone = [likelihoods(network, TalkRows(said, [name]), CPU)[0] for name in samples.case_id]
    assert likelihoods(network, samples, CPU, at_once=4) == pytest.approx(alone, abs=1e-4)
    assert len(set(np.round(alone, 3))) == 6
    assert samples.in_order(order).__getitems__([0]).case_id == [samples.case_id[order[0]]]


def test_it_is_judged_in_bits_per_byte(tmp_path):
    said = talks_in(tmp_path, 4)
    samples = TalkRows(said, list(said.place.index))
    batch, task = samples.__getitems__([0, 1, 2, 3]), Answers()
    scores = np.array([[-10.0], [-20.0], [-30.0], [-40.0]])
    value = task.judged(scores, batch.targets.numpy(), batch.known.numpy())
    assert value == pytest.approx(100 / math.log(2) / said.counts["bytes"].sum())
    total, count = task.loss(torch.ones(1, 1), batch.unknown())
    assert (float(total), float(count)) == (0, 0)


METHODS_OF = ("full", "layer_decay", "norm", "bias", "lora", "dora", "linear_probe")


@pytest.mark.parametrize("adapt", METHODS_OF)
def test_every_method_learns_only_what_it_says(tmp_path, adapt):
    network = teller(tied=False, bias=True)
    before = {name: t.clone() for name, t in network.state_dict().items()}
    one = lesson(tmp_path, network, adapt=adapt)
    first = likelihoods(network, one.tune, CPU).sum()
    value, loss = fit(one)
    after = network.state_dict()
    assert set(after) == set(before), "without adapters again"
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    wanted = {
        "full": set(before),
        "layer_decay": set(before),
        "linear_probe": {"head.weight"},
        "norm": {n for n in before if "norm" in n},
        "bias": {n for n in before if n.endswith("bias")},
    }
    assert moved == wanted.get(adapt, {n for n in before if "_proj.weight" in n})
    said = likelihoods(network, one.tune, CPU).sum()
    assert said > first
    assert value == pytest.approx(-said / math.log(2) / one.tune.bytes.sum(), abs=1e-4)
    assert loss > 0


def test_answers_in_several_passes_teach_what_they_do_in_one(tmp_path):
    """Answers are of unlike lengths: what counts is the tokens of all, not a mean of passes."""
    losses = {}
    for at_once in (None, 3):
        with watched() as steps:
            fit(lesson(tmp_path / str(at_once), teller(), adapt="full", films_at_once=at_once))
        losses[at_once] = [step.loss for step in steps]
    assert len(losses[None]) == 6
    assert losses[3] == pytest.approx(losses[None], rel=1e-5)


def test_the_head_that_came_along_learns_as_fast_as_the_rest(tmp_path):
    network = teller(tied=False)
    one = lesson(tmp_path, network, adapt="full", head_learning_rate=0.5)
    (stage,) = METHODS["full"](network, one.model, one.training)
    assert {group["lr"] for group in stage.begin(network, one.teach)} == {1e-2}


def test_a_tied_head_cannot_learn_alone(tmp_path):
    with pytest.raises(InputError, match=r"those of its words\. Take norm, lora or full"):
        fit(lesson(tmp_path, teller(tied=True), adapt="linear_probe"))


def test_merged_adapters_say_what_unmerged_ones_said(tmp_path):
    network = teller(tied=True).eval()
    one = lesson(tmp_path, network, adapt="lora")
    tokens = torch.from_numpy(talks_in(tmp_path, 1).of("0").ids)[None]
    for parameter in insert(network, one.teach, rank=4, dora=False, seed=0):
        torch.nn.init.normal_(parameter, std=0.3)
    with torch.no_grad():
        unmerged = network.speaker(tokens)
        merge(network)
        merged, plain = network.speaker(tokens), network.speaker.model(tokens).logits
    assert not [name for name in network.state_dict() if "lora" in name]
    assert torch.allclose(merged, unmerged, atol=1e-4)
    assert torch.allclose(merged, plain, atol=1e-6)


def test_adapters_learn_beside_weights_of_four_bits_and_are_added_to_whole_ones(tmp_path):
    network = teller(tied=True, width=64).eval()
    before = {name: t.clone() for name, t in network.state_dict().items()}
    one = lesson(tmp_path, network, adapt="lora", epochs=3, four_bits=True)
    first = likelihoods(network, one.tune, CPU).sum()
    (stage,) = METHODS["lora"](network, one.model, one.training)
    stage.begin(network, one.teach)
    held = [m for m in network.modules() if isinstance(m, FourBits)]
    assert len(held) == 2 * 6  # all but down_proj, whose rows of 96 are no whole blocks
    size = sum(m.bits.numel() + 4 * m.scales.numel() for m in held)
    assert size < 4 * sum(m.in_features * m.out_features for m in held) / 7
    error = max(float((m.weight - m.whole().weight).abs().max()) for m in held)
    assert 0 < error < 0.2 * max(float(m.whole().weight.abs().max()) for m in held)
    stage.end(network)
    assert not any(isinstance(m, FourBits) for m in network.modules())
    same = network.state_dict()
    assert set(same) == set(before)
    assert all(torch.allclose(before[name], same[name], atol=1e-6) for name in before)
    fit(one)
    after = network.state_dict()
    assert {name for name in before if not torch.equal(before[name], after[name])} <= {
        name for name in before if "_proj.weight" in name
    }
    assert likelihoods(network, one.tune, CPU).sum() > first


def test_a_model_of_which_nothing_can_be_held_in_four_bits_is_refused(tmp_path):
    with pytest.raises(InputError, match="a multiple of 64, and this model has none"):
        fit(lesson(tmp_path, teller(width=16), adapt="lora", four_bits=True))


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_layer_of_four_bits_gives_what_its_unpacked_weights_give(kind):
    torch.manual_seed(0)
    plain = torch.nn.Linear(128, 40)
    layer = FourBits(plain, torch.device("cpu"))
    assert torch.equal(layer.whole().weight, plain.weight)
    assert list(layer.state_dict()) == ["bias"]
    inputs = torch.randn(5, 128, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=kind is torch.bfloat16):
        said = layer(inputs)
    assert said.dtype is kind
    expected = torch.nn.functional.linear(inputs, layer.weight, layer.bias)
    near = {"atol": 1e-5} if kind is torch.float32 else {"atol": 0.05}
    assert torch.allclose(said.float(), expected, **near)
    (grad,) = torch.autograd.grad(said.float().sum(), inputs)
    assert torch.allclose(grad, layer.weight.sum(0).expand(5, 128), **near)


@pytest.mark.parametrize(("adapt", "four_bits"), [("full", False), ("lora", False), ("lora", True)])
def test_it_goes_on_exactly_where_it_was_cut(tmp_path, adapt, four_bits, monkeypatch):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    how = {"adapt": adapt, "epochs": 3, "four_bits": four_bits}
    network = teller(width=64)
    fit(lesson(whole, network, **how))
    real = Keep.on_train_epoch_end

    def stop(self, trainer, module):
        real(self, trainer, module)
        if trainer.current_epoch == 0:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Keep, "on_train_epoch_end", stop)
        with pytest.raises(KeyboardInterrupt):
            fit(lesson(cut, teller(width=64), **how))
    again = teller(width=64)
    fit(lesson(cut, again, **how))
    ours, theirs = network.state_dict(), again.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    (done,) = (cut / "checkpoints").glob("*.safetensors")
    assert set(read_state(done)) == set(ours)
    finished = teller(width=64)
    fit(lesson(cut, finished, **how))
    assert all(torch.equal(ours[name], tensor) for name, tensor in finished.state_dict().items())
