#!/usr/bin/env python3
"""Prints vectors.json: loss and gradients of a small transformer, and three steps of each optimiser, as JAX and Optax compute
them in double precision.

Made once with JAX 0.10.2, Optax 0.2.8 and NumPy 2.4.6.
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)

EVENTS, HEADS, DIMENSION, VOCABULARY = 5, 2, 4, 6
H = HEADS * DIMENSION
INDICES = np.array([3, 0, 5, 3, 1])
LABELS = np.array([0, 5, 3, 1])
GAPS = np.array([0.0, 30.0, 3600.0, 7.5, 86400.0])
SHAPES = [
    ("table", (VOCABULARY, H)), ("gapWeights", (H,)), ("gapBias", (H,)),
    ("gain1", (H,)), ("bias1", (H,)), ("qkv", (H, 3 * H)), ("qkvBias", (3 * H,)), ("out", (H, H)), ("outBias", (H,)),
    ("gain2", (H,)), ("bias2", (H,)), ("wide", (H, 4 * H)), ("wideBias", (4 * H,)), ("narrow", (4 * H, H)),
    ("narrowBias", (H,)), ("next", (H, VOCABULARY)), ("nextBias", (VOCABULARY,)), ("label", (H, 1)), ("labelBias", (1,)),
]


def initial(seed, shape):
    """Numbers that Float32 holds exactly."""
    places = np.arange(np.prod(shape))
    return (((places * 7919 + seed * 104729) % 2003 - 1001) / 2048).reshape(shape)


def layer_norm(x, gain, bias):
    return jax.nn.standardize(x, axis=-1, epsilon=float(np.float32(1e-5))) * gain + bias


def loss(p):
    x = p["table"][INDICES] + jnp.log1p(GAPS / 60)[:, None] * p["gapWeights"] + p["gapBias"]
    qkv = layer_norm(x, p["gain1"], p["bias1"]) @ p["qkv"] + p["qkvBias"]
    q, k, v = (part.reshape(EVENTS, HEADS, DIMENSION) for part in jnp.split(qkv, 3, axis=1))
    attended = jax.nn.dot_product_attention(q[None], k[None], v[None], is_causal=True)[0].reshape(EVENTS, H)
    x = x + attended @ p["out"] + p["outBias"]
    wide = layer_norm(x, p["gain2"], p["bias2"]) @ p["wide"] + p["wideBias"]
    x = x + jax.nn.gelu(wide, approximate=True) @ p["narrow"] + p["narrowBias"]
    following = optax.softmax_cross_entropy_with_integer_labels((x @ p["next"] + p["nextBias"])[:-1], LABELS).mean()
    logit = x.mean(axis=0) @ p["label"] + p["labelBias"]
    return following + optax.sigmoid_binary_cross_entropy(logit, jnp.ones(1))[0]


def trajectory(rule):
    w = jnp.array([0.5, -1.25, 2.0])
    state = rule.init(w)
    for g in ([0.5, -1.0, 0.125], [0.25, 2.0, 0.0], [-1.5, 0.75, -0.5]):
        updates, state = rule.update(jnp.array(g), state, w)
        w = optax.apply_updates(w, updates)
    return w.tolist()


momentum = optax.chain(optax.trace(0.9), optax.add_decayed_weights(0.01), optax.scale(-0.1))
parameters = {name: jnp.array(initial(seed, shape)) for seed, (name, shape) in enumerate(SHAPES)}
value, gradients = jax.value_and_grad(loss)(parameters)
print(json.dumps({
    "loss": float(value),
    "gradients": {name: [float(f"{g:.10g}") for g in gradients[name].ravel().tolist()] for name, _ in SHAPES},
    "optimisers": {
        "momentum": trajectory(momentum),
        "adaGrad": trajectory(optax.chain(optax.scale_by_rss(0.0, 1e-300), optax.scale(-0.1))),
        "adam": trajectory(optax.adam(0.1)),
        "adamW": trajectory(optax.adamw(0.1, b1=0.8, b2=0.99, eps=1e-6, weight_decay=0.05)),
    },
}))
