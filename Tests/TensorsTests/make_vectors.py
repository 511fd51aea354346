#!/usr/bin/env python3
"""Prints vectors.json: values and gradients of operations and small models, and trajectories of optimisers, as JAX and
Optax compute them in double precision.

Made once with JAX 0.10.2, Optax 0.2.8 and NumPy 2.4.6.
"""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
random = np.random.default_rng(20240605)


def uniform(*shape, scale=2.0):
    return random.uniform(-scale, scale, shape).astype(np.float32).astype(np.float64)


def away_from_zero(*shape):
    return random.choice([-1.0, 1.0], shape) * random.uniform(0.25, 2, shape).astype(np.float32).astype(np.float64)


def layer_norm(x, gain, bias):
    return jax.nn.standardize(x, axis=-1, epsilon=1e-5) * gain + bias


def pairwise_dots(x):
    rows, columns = np.tril_indices(x.shape[1], -1)
    return jnp.einsum("bfd,bgd->bfg", x, x)[:, rows, columns]


def binary_cross_entropy(x, t):
    return optax.sigmoid_binary_cross_entropy(x, t).mean()


def softmax_cross_entropy(x, labels):
    return optax.softmax_cross_entropy_with_integer_labels(x, labels)


def multilayer_perceptron(x, w1, b1, gain, bias, w2, b2, labels):
    hidden = jax.nn.gelu(layer_norm(x @ w1 + b1, gain, bias), approximate=False)
    return softmax_cross_entropy(hidden @ w2 + b2, labels).mean()


def recommender(x, w, table1, table2, top, targets, rows1, rows2):
    """DLRM in small: dense features and two embeddings, their dot products, a linear top."""
    dense = jax.nn.relu(x @ w)
    fields = jnp.stack([dense, table1[rows1], table2[rows2]], axis=1)
    logits = jnp.concatenate([dense, pairwise_dots(fields)], axis=1) @ top
    return binary_cross_entropy(logits, targets)


# name: the function of float tensors, then of index tensors
functions = {
    "matmul": lambda a, b: a @ b,
    "matmulRightTransposed": lambda a, b: a @ b.T,
    "matmulLeftTransposed": lambda a, b: a.T @ b,
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "addRow": lambda a, b: a + b,
    "multiplyRow": lambda a, b: a * b,
    "scale": lambda a: 0.75 * a,
    "relu": jax.nn.relu,
    "gelu": lambda a: jax.nn.gelu(a, approximate=False),
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "exp": jnp.exp,
    "square": jnp.square,
    "softmax": jax.nn.softmax,
    "layerNorm": layer_norm,
    "sum": jnp.sum,
    "mean": jnp.mean,
    "columnSums": lambda a: a.sum(axis=0),
    "softmaxCrossEntropy": lambda x, labels: softmax_cross_entropy(x, labels).mean(),
    "softmaxCrossEntropySum": lambda x, labels: softmax_cross_entropy(x, labels).sum(),
    "binaryCrossEntropy": binary_cross_entropy,
    "squaredError": lambda a, b: jnp.mean((a - b) ** 2),
    "poissonLoss": lambda x, t: jnp.mean(jnp.exp(x) - t * x),
    "gather": lambda table, rows: table[rows],
    "scatterAdd": lambda values, rows: jnp.zeros((6, values.shape[1])).at[rows].add(values),
    "concatenate": lambda a, b: jnp.concatenate([a, b], axis=-1),
    "slice": lambda a: a[:, 1:3],
    "pairwiseDots": pairwise_dots,
    "multilayerPerceptron": multilayer_perceptron,
    "recommender": recommender,
}


def numbers(array):
    return [float("%.9g" % element) for element in np.asarray(array).reshape(-1)]


def tensor(array):
    return {"shape": list(np.shape(array)), "elements": numbers(array)}


def case(name, inputs, indices=(), note=""):
    function = functions[name]
    # Float32 numbers, so that both sides compute on the very same ones.
    inputs = [np.asarray(x).astype(np.float32).astype(np.float64) for x in inputs]
    arguments = [np.array(index) for index in indices]
    output = function(*inputs, *arguments)
    weights = uniform(*output.shape, scale=1.0) if output.shape else np.float64(1)
    gradients = jax.grad(lambda *xs: jnp.sum(weights * function(*xs, *arguments)), argnums=range(len(inputs)))(
        *[jnp.asarray(x) for x in inputs])
    return {
        "name": name, "note": note, "inputs": [tensor(x) for x in inputs],
        "indices": [{"shape": list(i.shape), "elements": i.reshape(-1).tolist()} for i in arguments],
        "weights": tensor(weights), "output": tensor(output), "gradients": [tensor(g) for g in gradients]}


operations = [
    case("matmul", [uniform(5, 7), uniform(7, 3)]), case("matmul", [uniform(1, 1), uniform(1, 1)]),
    case("matmulRightTransposed", [uniform(5, 7), uniform(3, 7)]),
    case("matmulLeftTransposed", [uniform(7, 5), uniform(7, 3)]),
    case("add", [uniform(3, 4), uniform(3, 4)]), case("subtract", [uniform(3, 4), uniform(3, 4)]),
    case("multiply", [uniform(3, 4), uniform(3, 4)]),
    case("addRow", [uniform(5, 4), uniform(4)]), case("multiplyRow", [uniform(5, 4), uniform(4)]),
    case("scale", [uniform(3, 4)]),
    case("relu", [away_from_zero(4, 9)]), case("gelu", [uniform(4, 9)]),
    case("gelu", [np.array([[-5.0, -3.0, 0.0, 3.0, 8.0]])], note="tails"),
    case("sigmoid", [uniform(4, 9)]), case("sigmoid", [np.array([[-80.0, -20.0, 0.0, 20.0, 80.0]])], note="tails"),
    case("tanh", [uniform(4, 9)]), case("exp", [uniform(4, 9)]), case("square", [uniform(4, 9)]),
    case("softmax", [uniform(4, 9)]), case("softmax", [np.full((2, 3), 7.0)], note="equal"),
    case("softmax", [uniform(3, 5, scale=1e4)], note="large"),
    case("layerNorm", [uniform(4, 9), uniform(9), uniform(9)]),
    case("layerNorm", [uniform(3, 32, scale=1e-3) + 1.0, uniform(32), uniform(32)], note="small deviation"),
    case("sum", [uniform(3, 5)]), case("mean", [uniform(3, 5)]), case("columnSums", [uniform(6, 11)]),
    case("softmaxCrossEntropy", [uniform(5, 4)], [[0, 3, 2, 2, 1]]),
    case("softmaxCrossEntropy", [uniform(5, 4, scale=1e4)], [[0, 3, 2, 2, 1]], note="large"),
    case("softmaxCrossEntropySum", [uniform(5, 4)], [[0, 3, 2, 2, 1]]),
    case("binaryCrossEntropy", [uniform(6, 1), np.array([[0.0], [1], [1], [0], [0.25], [1]])]),
    case(
        "binaryCrossEntropy", [np.array([[-90.0], [90], [-15], [15]]), np.array([[0.0], [0], [1], [1]])], note="large"),
    case("squaredError", [uniform(5, 2), uniform(5, 2)]),
    case("poissonLoss", [uniform(6, 1), np.array([[0.0], [1], [2], [7], [0], [3]])]),
    case("gather", [uniform(6, 3)], [[4, 0, 4, 5, 4]]), case("scatterAdd", [uniform(5, 3)], [[4, 0, 4, 5, 4]]),
    case("concatenate", [uniform(4, 2), uniform(4, 5)]), case("slice", [uniform(4, 6)]),
    case("pairwiseDots", [uniform(3, 5, 9)]),
    case("multilayerPerceptron", [
        uniform(8, 6), uniform(6, 12, scale=0.7), uniform(12), 1 + uniform(12, scale=0.5), uniform(12, scale=0.5),
        uniform(12, 3), uniform(3)], [[0, 1, 2, 2, 1, 0, 0, 1]]),
    case("recommender", [
        uniform(6, 5), uniform(5, 8, scale=0.7), uniform(10, 8), uniform(4, 8), uniform(11, 1, scale=0.5),
        np.array([[0.0], [1], [1], [0], [0], [1]])], [[3, 3, 9, 0, 3, 9], [1, 0, 0, 1, 1, 2]]),
]


def trajectory(name, optimiser):
    start, gradients = uniform(6), [uniform(6) * 10.0 ** (index % 3 - 1) for index in range(20)]
    values, state, path = jnp.asarray(start), optimiser.init(jnp.asarray(start)), []
    for gradient in gradients:
        gradient = np.float64(np.float32(gradient))
        updates, state = optimiser.update(jnp.asarray(gradient), state, values)
        values = optax.apply_updates(values, updates)
        path.append(numbers(values))
    return {
        "name": name, "start": numbers(start), "gradients": [numbers(np.float32(g)) for g in gradients], "path": path}


optimisers = [
    trajectory("sgd", optax.sgd(0.1)),
    trajectory("momentum", optax.sgd(0.1, momentum=0.9)),
    trajectory("momentum and decay", optax.chain(
        optax.trace(decay=0.9), optax.add_decayed_weights(0.01), optax.scale(-0.1))),
    trajectory("adagrad", optax.adagrad(0.1, initial_accumulator_value=0.0, eps=1e-20)),
    trajectory("adam", optax.adam(0.01)),
    trajectory("adamw", optax.adamw(0.01, weight_decay=0.1)),
]


def lines(entries):
    return "[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries) + "]"


print('{"operations":' + lines(operations) + ',\n"optimisers":' + lines(optimisers) + "}")
