from __future__ import annotations

import pickle

import numpy as np
import torch

from medtune.vision.memory import Memory


def place(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_once_it_is_free():
    memory = Memory()
    first = memory.array((4, 8))
    where = place(first)
    del first
    assert place(memory.array((2, 3, 4))) == where


def test_what_somebody_has_is_left_alone():
    memory = Memory()
    kept = torch.from_numpy(memory.array((4, 8)))[:, None][1:]
    kept.fill_(7)
    for _ in range(10):
        memory.array((4, 8)).fill(0)
    assert (kept == 7).all()


def test_two_at_once_are_two_and_a_larger_one_is_new():
    memory = Memory()
    one, two = memory.array((4, 8)), memory.array((4, 8))
    assert not np.shares_memory(one, two)
    del one, two
    assert memory.array((100, 100)).shape == (100, 100)


def test_it_travels_empty():
    memory = Memory()
    memory.array((4, 8))
    assert pickle.loads(pickle.dumps(memory)).array((2,)).shape == (2,)
