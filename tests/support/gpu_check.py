#!/usr/bin/env python3
"""What to run first on a machine with an NVIDIA GPU: ./dev gpu-check.

Compares the CUDA device with the scalar reference and the CPU, renders on it, and says what differs from the simulated
GPU that the tests use (tests/simgpu). With --simulated that GPU is checked itself, and every line says so: then it is the
checks that are tried, and no GPU.

Exit: 0 all as it should be; 1 something differs; 30 there is no usable NVIDIA GPU.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Of a run on the GPU and on the simulated one: these must be equal, ...
SAME = {"device": ("launches", "submissions", "parameter_bytes", "uploads", "host_to_device_bytes", "device_to_host_bytes"),
        "media": ("encodes", "software_decoded", "fall_backs")}
# ... and these may differ with how fast things are.
TOLD = {"device": ("allocations",), "media": ("decoded_surfaces",)}


class Failed(Exception):
    pass


class Check:
    def __init__(self, options):
        self.options = options
        self.build = Path(options.build).resolve()
        self.dir = Path(tempfile.mkdtemp(prefix="tessera-gpu-check-"))
        self.simulated = options.simulated
        self.differs = []
        self.done = 0
        os.environ["TESSERA_CACHE_DIR"] = str(self.dir / "cache")
        self.report = self.dir / "report.json"
        self.has_nvenc = True
        self.env = self.simulation(**json.loads(options.simgpu)) if self.simulated else dict(os.environ)

    def simulation(self, **options):
        """The environment of the simulated GPU."""
        import simgpu
        parts = simgpu.parts_of(self.build)
        return simgpu.environment(*parts, **{"mode": "lazy", "report": str(self.report), **options}) if parts else None

    def say(self, text):
        print(("simulated: " if self.simulated else "") + text, flush=True)

    def ok(self, name, text=""):
        self.done += 1
        self.say(f"  same     {name}{': ' if text else ''}{text}")

    def bad(self, name, text):
        self.done += 1
        self.differs.append(name)
        self.say(f"  DIFFERS  {name}: {text}")

    def verdict_of(self, name, good, text):
        (self.ok if good else self.bad)(name, text)

    def process(self, *arguments):
        return subprocess.run([str(self.build / "tessera"), *map(str, arguments)], capture_output=True, text=True, env=self.env, timeout=900)

    def run(self, *command, env=None, timeout=900):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env or self.env, timeout=timeout)
        if done.returncode != 0:
            words = " ".join(str(c) for c in command[:3]).replace(str(self.build) + "/", "")
            last = (done.stderr or done.stdout).strip().splitlines()
            raise Failed(f"{words} ...: exit {done.returncode}{': ' + last[-1] if last else ''}")
        return done.stdout

    def tessera(self, *arguments, **more):
        return self.run(self.build / "tessera", *arguments, **more)

    def step(self, name, run):
        """A check; what it can't do counts as a difference."""
        try:
            run()
        except (Failed, AssertionError, subprocess.TimeoutExpired, OSError, KeyError, ValueError) as error:
            self.bad(name, str(error).splitlines()[0] if str(error) else type(error).__name__)

    # What is there.

    def gpu_row(self, env):
        devices = json.loads(self.tessera("probe", "--json", env=env))["devices"]
        return next((d for d in devices if d["device"] == "cuda"), {"usable": False, "missing": "this build has no CUDA"})

    def probe(self, row):
        adapter = next(a for a in row["adapters"] if a["usable"])
        self.say("the GPU: " + json.dumps(adapter))
        self.video_engines(row["video"])
        sim = self.simulation()
        if self.simulated or sim is None:
            return
        other = self.gpu_row(sim)["adapters"][0]
        for key in sorted(set(adapter) | set(other)):
            if adapter.get(key) != other.get(key):
                self.say(f"  is       {key}: {adapter.get(key)!r}; simulated: {other.get(key)!r}")

    def video_engines(self, video):
        """NVENC is what some GPUs do not have; else a GPU has both engines, and what is missing is the system's fault."""
        if "nvdec" not in video:
            raise Failed(video["missing"])
        nvdec, nvenc = video["nvdec"], video["nvenc"]
        self.verdict_of("NVDEC can be used", nvdec["usable"], nvdec["missing"])
        self.has_nvenc = nvenc["usable"]
        if nvenc["missing"].startswith("this GPU has no NVENC"):
            self.say("  is       " + nvenc["missing"])
        else:
            self.verdict_of("NVENC can be used", nvenc["usable"], nvenc["missing"] or f"{nvenc['sessions']} sessions")

    # Operations and pictures.

    def operations(self):
        last = 12 if self.simulated else 300
        text = self.run(self.build / "check_device", "plans", "cuda", 1, last)
        self.ok("what frame plans do, random plans, against the scalar reference", text.strip().splitlines()[-1])
        text = self.run(self.build / "check_device", "kernels", 1, last)
        self.ok("pixelate, blur, warp and tone_map, random jobs, against the scalar reference", text.strip().splitlines()[-1])

    def clip(self, name, codec):
        path = self.dir / name
        self.run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30", "-f", "lavfi", "-i",
                 "sine=frequency=330:sample_rate=48000", "-t", "2", *codec, "-g", "30", "-pix_fmt", "yuv420p", path,
                 env=dict(os.environ))
        return path

    def layout_of_surfaces(self):
        for name, codec in (("h264.mp4", ["-c:v", "libx264", "-preset", "veryfast"]),
                            ("hevc.mp4", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1"])):
            path, tool = self.clip(name, codec), self.build / "check_device"
            here = self.run(tool, "picture", path).strip()
            self.ok(f"{name[:4]} is decoded on the GPU", here)
            if not self.simulated and (sim := self.simulation()) is not None:
                there = self.run(tool, "picture", path, env=sim).strip()
                if here != there:
                    self.say(f"  is       {here}; simulated: {there}")

    def same_frames(self, name, job, *options, judged=True):
        if not judged:
            ends = [self.process("hash", job, "--device", device) for device in ("cpu", "cuda")]
            same = ends[0].returncode == ends[1].returncode and ends[0].stdout == ends[1].stdout
            return self.say(f"  is       {name}, which is damaged: {'the same' if same else 'other'} frames than on the CPU")
        want, got = (self.tessera("hash", job, "--device", device, *options) for device in ("cpu", "cuda"))
        different = [i for i, (a, b) in enumerate(zip(want.splitlines(), got.splitlines())) if a != b]
        equal = want == got and want.strip() != ""
        count = len(want.splitlines())
        self.verdict_of(f"frames of {name}, before encoding, --device cuda and cpu", equal,
                        f"{count} lines" if equal else f"{len(different)} of {count} lines, the first at line {different[:1]}")

    def fixtures(self):
        folder = Path(self.options.fixtures) / "media"
        files = sorted(p for p in folder.glob("*") if p.suffix in (".mp4", ".ts", ".webm", ".mkv", ".mov")) if folder.is_dir() else []
        if not files:
            self.say("  left out the recordings: none at hand (--fixtures DIR)")
        # HDR is refused on every device. What a decoder makes of damage is its own affair: told, not judged.
        files = [p for p in files if "hdr" not in p.name]
        sound = [p for p in files if "broken" not in p.name]
        for path in sound[:2] if self.simulated else files:
            job = self.write_job(f"fixture-{path.stem}.json", [path], (270, 480), [], 1)
            self.step(path.name, lambda job=job, path=path: self.same_frames(path.name, job, judged=path in sound))

    # Whole renders.

    def write_job(self, name, files, canvas, ladder, seconds):
        rungs = ladder or [canvas]
        job = {"version": 1, "id": "check", "duration": seconds,
               "guests": [{"id": f"g{i}", "takes": [{"uri": str(f), "at": 0}]} for i, f in enumerate(files)],
               "programmes": [{"id": "main", "canvas": {"width": canvas[0], "height": canvas[1], "fps": "30"},
                               "ladder": [{"name": f"r{h}", "width": w, "height": h, "bitrate": 900000} for w, h in rungs]}],
               "packaging": {"segment": 1, "gop": 1, "chunk_segments": 2}}
        path = self.dir / name
        path.write_text(json.dumps(job))
        return path

    def demo_job(self):
        """The demo show; for the simulated GPU, which is a CPU, a small short one."""
        folder = self.dir / "demo"
        self.run(ROOT / "tests" / "support" / "make_demo.sh", folder, 10 if self.simulated else 16, env=dict(os.environ))
        if not self.simulated:
            return folder / "job.json"
        job = json.loads((folder / "job.json").read_text())
        job["duration"] = 6
        programme = job["programmes"][0]
        programme["canvas"].update(width=360, height=640)
        programme["ladder"] = [{"name": f"r{h}", "width": w, "height": h, "bitrate": 600000} for w, h in ((360, 640), (180, 320))]
        (folder / "small.json").write_text(json.dumps(job))
        return folder / "small.json"

    def render(self, job, out, env=None):
        stats = self.dir / f"{out.name}-stats.json"
        self.tessera("render", job, "--out", out, "--device", "cuda", "--stats", stats, env=env)
        return json.loads(stats.read_text())

    def pictures(self, name, job, out):
        """Every rendition has the CPU's frames, in order, at their times, with key frames on the grid."""
        from support import Published, frame_count, packets, psnr
        programme = json.loads(Path(job).read_text())["programmes"][0]
        packaging = json.loads(Path(job).read_text())["packaging"]
        frames, gop = round(json.loads(Path(job).read_text())["duration"] * 30), round(packaging["gop"] * 30)
        published = Published(out)
        for rung in programme["ladder"]:
            size = f"{rung['width']}x{rung['height']}"
            label = f"{name}, rendition {size}"
            movie = published.joined(published.tracks(programme["id"])[f"video {size}"], self.dir / f"{out.name}-{size}.mp4")
            rows = packets(movie)
            times = sorted(p[0] for p in rows)
            places = [round(float((t - times[0]) * 30), 3) for t in times]
            self.verdict_of(f"{label}: frames and timestamps", frame_count(movie) == frames and places == list(range(frames)),
                            f"{frame_count(movie)} frames, {len(rows)} packets, want {frames} at n/30 s")
            keys = sorted(round(float((p[0] - times[0]) * 30)) for p in rows if p[3])
            self.verdict_of(f"{label}: key frames", keys == list(range(0, frames, gop)), f"{len(keys)}, one every {gop} frames")
            raw = self.dir / "raw.y4m"
            self.tessera("raw", job, "--device", "cpu", "--rendition", f"{programme['id']}/{rung['name']}", "--out", raw)
            count, means, worst = psnr(["-i", movie], raw, rung["width"], rung["height"], 30, "[1:v]null[ref]")
            raw.unlink()
            # The frame of another moment would have far less.
            self.verdict_of(f"{label}: every picture is the CPU's, encoded", count == frames and worst > 25,
                            f"PSNR {means['psnr_avg']:.1f} dB, the worst {worst:.1f} dB")

    def counters(self, name, stats, guests, frames, ladder, sprites):
        device, media = stats["device"], stats["media"]
        self.verdict_of(f"{name}: every guest is decoded by the GPU", media["software_decoded"] == 0 and media["fall_backs"] == 0
                        and media["decoded_surfaces"] >= guests * frames * 0.7,
                        f"{media['decoded_surfaces']} surfaces, {media['software_decoded']} in software, {media['fall_backs']} fall-backs")
        encodes = frames * len(ladder) if self.has_nvenc else 0
        self.verdict_of(f"{name}: every rendition is encoded by the {'GPU' if self.has_nvenc else 'CPU'}", media["encodes"] == encodes,
                        f"{media['encodes']} encodes by NVENC, want {encodes}")
        back = 0 if self.has_nvenc else frames * sum(w * h for w, h in ladder) * 3 // 2
        self.verdict_of(f"{name}: {'no picture comes back' if self.has_nvenc else 'each picture of a rendition comes back once'}",
                        device["device_to_host_bytes"] == back, f"{device['device_to_host_bytes']} bytes, want {back}")
        if not sprites:
            self.verdict_of(f"{name}: no picture is uploaded", device["host_to_device_bytes"] == 0, f"{device['host_to_device_bytes']} bytes")
        else:
            self.verdict_of(f"{name}: only overlays and stills are uploaded, each once", device["uploads"] < frames,
                            f"{device['uploads']} pictures, {device['host_to_device_bytes']} bytes")
        launches = device["launches"] / max(1, device["submissions"])
        self.verdict_of(f"{name}: launches a frame", 1 <= launches <= 6, f"{launches:.1f}, want 1 to 6")

    def compare_with_simulation(self, job, stats):
        sim = self.simulation(has_nvenc=self.has_nvenc)
        if sim is None:
            self.say("  left out the comparison with the simulated GPU: this build has none")
            return
        other = self.render(job, self.dir / "guests-sim", env=sim)
        for part, names in SAME.items():
            for key in names:
                self.verdict_of(f"{part}.{key} as simulated", stats[part][key] == other[part][key],
                                f"{stats[part][key]}, simulated {other[part][key]}")
        for part, names in TOLD.items():
            for key in names:
                self.say(f"  is       {part}.{key}: {stats[part][key]}; simulated: {other[part][key]}")

    def guests_show(self):
        """Four guests in H.264 and nothing else: no picture may cross."""
        clips = [self.clip(f"g{i}.mp4", ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-bf", str(i % 3)]) for i in range(4)]
        ladder = [(360, 640), (180, 320)] if self.simulated else [(1080, 1920), (720, 1280), (540, 960), (360, 640)]
        job = self.write_job("guests.json", clips, ladder[0], ladder, 2)
        self.same_frames("four guests", job)
        stats = self.render(job, self.dir / "guests")
        self.counters("four guests", stats, 4, 60, ladder, False)
        self.pictures("four guests", job, self.dir / "guests")
        self.compare_with_simulation(job, stats)

    def demo(self):
        job = self.demo_job()
        spec = json.loads(job.read_text())
        self.same_frames("the demo show", job, *(["--from", "4.9", "--to", "5.4"] if self.simulated else []))
        stats = self.render(job, self.dir / "published")
        ladder = [(r["width"], r["height"]) for r in spec["programmes"][0]["ladder"]]
        self.counters("the demo show", stats, 4, spec["duration"] * 30, ladder, True)
        self.pictures("the demo show", job, self.dir / "published")

    def driver_reports(self):
        """What the simulated driver found."""
        reports = [json.loads(p.read_text()) for p in self.dir.glob("report.json*") if p.stat().st_size]
        misuse = [m for r in reports for m in r["misuse"]]
        kept = {k: v for r in reports for k, v in r["live"].items() if v}
        self.verdict_of("the driver is used rightly, and all is given back", bool(reports) and not misuse and not kept,
                        "; ".join([*misuse[:2], *map(str, kept.items())]) or f"{len(reports)} processes")

    def all(self):
        try:
            row = self.gpu_row(self.env)
        except (Failed, OSError) as error:
            row = {"usable": False, "missing": str(error)}
        if not row["usable"]:
            self.say("no usable NVIDIA GPU: " + row["missing"])
            return 30
        self.step("what the GPU has", lambda: self.probe(row))
        for name, run in (("operations", self.operations), ("surfaces of decoders", self.layout_of_surfaces),
                          ("four guests", self.guests_show), ("the demo show", self.demo), ("recordings", self.fixtures)):
            if not self.options.only or name in self.options.only:
                self.step(name, run)
        if self.simulated:
            self.step("the driver", self.driver_reports)
        if self.differs:
            self.say(f"verdict: {len(self.differs)} of {self.done} checks differ: {'; '.join(self.differs)[:300]}")
            return 1
        self.say(f"verdict: all {self.done} checks are as they should be")
        return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"), help="folder of the build; default: build")
    parser.add_argument("--simulated", action="store_true", help="check the simulated GPU of tests/simgpu: tries these checks, no GPU")
    parser.add_argument("--simgpu", default="{}", help="more options of the simulated GPU, JSON")
    parser.add_argument("--only", action="append", help="only this part, such as operations; may be given again")
    parser.add_argument("--fixtures", default=os.environ.get("TESSERA_FIXTURES") or str(ROOT.parent / "shared" / "fixtures"),
                        help="folder with a folder media of recordings")
    options = parser.parse_args()
    if "SIMGPU" in os.environ and not options.simulated:
        print("SIMGPU is set: what answers is a simulated GPU; want --simulated")
        return 2
    os.environ["TESSERA"] = str(Path(options.build).resolve() / "tessera")
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT / "tests" / "e2e"))
    check = Check(options)
    try:
        if check.env is None:
            check.say("no simulated GPU in this build: nvcc or the codec headers were not there")
            return 30
        return check.all()
    finally:
        shutil.rmtree(check.dir, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
