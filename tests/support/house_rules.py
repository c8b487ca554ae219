#!/usr/bin/env python3
"""The house's rules that a compiler does not check: who may include whom, where third-party headers may appear, sizes."""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A folder may include its own files and those of the folders named here (DESIGN.md section 3).
MAY_USE = {
    "base": [], "kernels": ["base"], "media": ["base"], "spec": ["base"],
    "timeline": ["base", "media", "spec"], "scene": ["base", "media", "spec", "timeline"],
    "gift": ["base", "media", "spec"], "text": ["base", "media", "spec"],
    "audio": ["base", "media", "spec", "timeline"], "device": ["base", "media", "kernels"],
    "compose": ["base", "media", "scene", "device", "kernels"], "ladder": ["base", "media", "spec", "timeline", "scene"],
    "package": ["base"], "origin": ["base"],
}
BELOW_PIPELINE = sorted(MAY_USE)
MAY_USE["pipeline"] = BELOW_PIPELINE
MAY_USE["cli"] = BELOW_PIPELINE + ["pipeline"]
MAY_USE["bench"] = MAY_USE["cli"]
THIRD_PARTY = re.compile(r"#include <(libav|libsw|cuda|vulkan|curl|nats|pango|cairo|openssl|spdlog|nlohmann|httplib|CLI/|xxhash|ebur128)")
LIBAV = re.compile(r"#include <(libav|libsw)")
MAX_LINES = {".cc": 800, ".h": 400, ".comp": 300, ".cu": 300}

def folder_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "engine" else parts[0]


findings = []
files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "engine", "kernels", "shaders", "cli", "bench"],
                       cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
# A header that only its own folder includes is private to it.
public = set()
for name in files:
    for used in re.findall(r'#include "((?:engine|kernels|cli|bench)/[^"]+)"', (ROOT / name).read_text() if (ROOT / name).exists() else ""):
        if folder_of(used) != folder_of(name):
            public.add(used)
for name in files:
    path = ROOT / name
    if path.suffix not in MAX_LINES or not path.exists():
        continue
    folder = folder_of(name)
    lines = path.read_text().splitlines()
    if len(lines) > MAX_LINES[path.suffix]:
        findings.append(f"{name}: {len(lines)} lines, at most {MAX_LINES[path.suffix]}")
    for number, line in enumerate(lines, 1):
        include = re.match(r'#include "(engine/(\w+)|(kernels|cli|bench))/', line)
        if include:
            used = include.group(2) or include.group(3)
            if used != folder and used not in MAY_USE.get(folder, []):
                findings.append(f"{name}:{number}: {folder} may not include {used}")
        if LIBAV.search(line) and folder != "media":
            findings.append(f"{name}:{number}: only engine/media sees libav")
        if path.suffix == ".h" and name in public and THIRD_PARTY.search(line):
            findings.append(f"{name}:{number}: third-party headers belong in implementation files")
for line in findings:
    print(line)
print(f"{len(files)} files, {len(findings)} findings", file=sys.stderr)
sys.exit(1 if findings else 0)
