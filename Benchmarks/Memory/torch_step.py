#!/usr/bin/env python3
"""Prints the least seconds of one training step of the model that `colonnade-bench memory step` measures.

    torch_step.py WIDTH LAYERS HEADS KINDS EVENTS

One thread. Attention is scaled_dot_product_attention where this version of PyTorch has it, else a product with a mask.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)
WIDTH, LAYERS, HEADS, KINDS, EVENTS = map(int, sys.argv[1:])
MASK = torch.full((EVENTS, EVENTS), float("-inf")).triu(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.projection = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.expand, self.contract = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        q, k, v = (
            part.reshape(EVENTS, HEADS, WIDTH // HEADS).transpose(0, 1)
            for part in self.qkv(self.norm1(x)).split(WIDTH, dim=1))
        if hasattr(functional, "scaled_dot_product_attention"):
            attended = functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
        else:
            scores = q @ k.transpose(1, 2) / (WIDTH // HEADS) ** 0.5 + MASK
            attended = torch.softmax(scores, dim=2) @ v
        x = x + self.dropout(self.projection(attended.transpose(0, 1).reshape(EVENTS, WIDTH)))
        return x + self.dropout(self.contract(gelu(self.expand(self.norm2(x)))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.gap = nn.Embedding(KINDS, WIDTH), nn.Linear(1, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm, self.logits = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, KINDS)

    def forward(self, kinds, gaps):
        x = self.table(kinds) + self.gap(torch.log1p(gaps / 60)[:, None])
        return self.logits(self.norm(self.blocks(x)))


try:
    functional.gelu(torch.zeros(1), approximate="tanh")
    gelu = lambda x: functional.gelu(x, approximate="tanh")  # noqa: E731
except TypeError:
    gelu = functional.gelu
model = Model()
places = torch.arange(EVENTS)
kinds, following = places**2 % 31 % KINDS, (places + 1) ** 2 % 31 % KINDS
gaps = (places * 37 % 1000).float()
best = float("inf")
for _ in range(5):
    start = time.perf_counter()
    model.zero_grad()
    functional.cross_entropy(model(kinds, gaps), following).backward()
    best = min(best, time.perf_counter() - start)
print(best)
