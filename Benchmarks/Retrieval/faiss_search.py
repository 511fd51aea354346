#!/usr/bin/env python3
"""What `colonnade-bench retrieval faiss` is measured against: KEYS SUBSPACES BITS ITERATIONS K HEAD...

Prints one JSON object: seconds of learning, coding and search of these heads of a file of keys on one thread, the mean squared error, and
the share of the exact k best keys that codes find. faiss-cpu 1.15.1, NumPy 2.4.6.
"""

import json
import struct
import sys
import time

import faiss
import numpy as np

subspaces, bits, iterations, k, *heads = map(int, sys.argv[2:])
faiss.omp_set_num_threads(1)
data = open(sys.argv[1], "rb").read()
assert data[:4] == b"KEYS"
_, count, queries, dimension = struct.unpack("<4I", data[4:20])
result = dict(train=0.0, encode=0.0, search=0.0, error=0.0, recall=0.0)
floats = np.frombuffer(data, "<f2", offset=20).reshape(-1, count + queries, dimension)
for head in floats[heads].astype(np.float32):
    keys, asked = np.ascontiguousarray(head[:count]), np.ascontiguousarray(head[count:])
    index = faiss.IndexPQ(dimension, subspaces, bits, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.niter = iterations
    # All keys are learned from, not a sample of them, and few are no matter for a warning.
    index.pq.cp.min_points_per_centroid = 1
    index.pq.cp.max_points_per_centroid = count
    times = [time.perf_counter()]
    index.train(keys)
    times.append(time.perf_counter())
    index.add(keys)
    times.append(time.perf_counter())
    _, found = index.search(asked, k)
    times.append(time.perf_counter())
    for name, start, end in zip(("train", "encode", "search"), times, times[1:]):
        result[name] += end - start
    near = index.reconstruct_n(0, count)
    result["error"] += float(((keys - near) ** 2).sum(1).mean()) / len(heads)
    exact = np.argpartition(-(asked @ keys.T), k - 1, 1)[:, :k]
    result["recall"] += float(np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(found, exact)])) / len(heads)
print(json.dumps(result))
