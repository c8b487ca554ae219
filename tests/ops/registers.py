#!/usr/bin/env python3
"""Checks what ptxas told when the CUDA kernels were compiled: every kernel for every architecture, no spills, at most 64
registers. `registers.py REPORT 75 80 ...`; with --table prints it for kernels/README.md. Exit code 77: built without nvcc."""
import re
import sys
from pathlib import Path

KERNELS = ["tessera_move", "tessera_resample", "tessera_convert", "tessera_blend", "tessera_moderate",
           "tessera_warp", "tessera_tone_map"]
MOST_REGISTERS = 64

table = "--table" in sys.argv
report, *architectures = [a for a in sys.argv[1:] if a != "--table"]
if not Path(report).exists():
    print("not run: no nvcc was found when this was built")
    sys.exit(77)
found, findings = {}, []
for entry in re.split(r"Compiling entry function ", Path(report).read_text())[1:]:
    name, arch = re.match(r"'(\w+)' for 'sm_(\d+)'", entry).groups()
    stack, stores, loads = map(int, re.search(
        r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", entry).groups())
    registers = int(re.search(r"Used (\d+) registers", entry).group(1))
    shared = re.search(r"(\d+) bytes smem", entry)
    found[name, arch] = registers, int(shared.group(1)) if shared else 0
    if stack or stores or loads:
        findings.append(f"{name}, sm_{arch}: {stores} bytes stored and {loads} loaded because of too few registers, "
                        f"stack of {stack} bytes: want 0")
    if registers > MOST_REGISTERS:
        findings.append(f"{name}, sm_{arch}: {registers} registers, want at most {MOST_REGISTERS}")
wanted = {(k, a) for k in KERNELS for a in architectures}
for name, arch in sorted(wanted - found.keys()):
    findings.append(f"{name}, sm_{arch}: not in the report")
for name, arch in sorted(found.keys() - wanted):
    findings.append(f"{name}, sm_{arch}: not a kernel or architecture that is known here")
if table:
    print("| kernel | " + " | ".join(f"sm_{a}" for a in architectures) + " | shared bytes |")
    print("|---" * (len(architectures) + 2) + "|")
    for k in KERNELS:
        row = [found[k, a] for a in architectures]
        print(f"| `{k}` | " + " | ".join(str(r) for r, _ in row) + f" | {max(s for _, s in row)} |")
print("\n".join(findings))
print(f"{len(found)} compiled kernels, {len(findings)} findings", file=sys.stderr)
sys.exit(1 if findings or not found else 0)
