"""Writes Data/*.json out of the pages that Data/CREDITS.md names, without spaces; no number is changed.

    python3 make_data.py GALVATRON OSDP OSDP_PROFILES

GALVATRON and OSDP are folders with the plans that those engines found on a CPU, and with the profiles that Galvatron's
tests give them; OSDP_PROFILES is upstream's sharded_data_parallel/osdp_modules/profiler_output.py.
"""

import json
import pathlib
import runpy
import sys

galvatron, osdp, profiles = map(pathlib.Path, sys.argv[1:])
data = pathlib.Path(__file__).parent / "Data"


def read(path):
    return json.loads(path.read_text())


def write(name, value):
    (data / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


calls = read(galvatron / "dp_calls_gbsz64_chunk32_36GB.json")
write("galvatron-calls.json", calls)

results = read(galvatron / "engine_results_9_cases.json")
for result in results:
    config = result.pop("config")
    if config is not None:
        result["config"] = {key: config[key] for key in ("pp_deg", "vtp", "vsp", "embed_sdp", "pp_division")}
write("galvatron-searches.json", results)

write(
    "galvatron-profile.json",
    {
        "computation": read(galvatron / "input_configs/computation_profiling_bf16_llama2-7b_all.json"),
        "memory": read(galvatron / "input_configs/memory_profiling_bf16_llama2-7b_all.json"),
        "allReduceBandwidth": read(galvatron / "input_hw/allreduce_bandwidth_1nodes_8gpus_per_node.json"),
        "pointToPointBandwidth": read(galvatron / "input_hw/p2p_bandwidth_1nodes_8gpus_per_node.json"),
        "overlap": read(galvatron / "input_hw/overlap_coefficient.json"),
        "collectiveTimes": read(galvatron / "input_hw/sp_time_1nodes_8gpus_per_node.json"),
    },
)

tables = runpy.run_path(str(profiles))
hidden = [512, 1024, 1536, 2048, 3072, 4096, 6144, 8192]
write(
    "osdp.json",
    {
        "hidden": hidden,
        "seconds": tables["time_map"],
        "memory": tables["mem_map"],
        "cases": read(osdp / "expected_plans.json"),
    },
)
