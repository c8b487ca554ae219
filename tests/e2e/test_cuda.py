"""The CUDA device on a simulated GPU: the same frames as on the CPU, and the driver used as it wants to be. Figures are
of the simulation."""
import json
import os
import re
import unittest

import shows
from animations import moving
from simgpu import LIBRARIES, MODES, Simulated, needs_simgpu
from support import TESSERA, Case, ffmpeg, job_of, needs_fixtures, run, tessera

def cuda_row(env):
    return next(d for d in json.loads(tessera("probe", "--json", env=env).stdout)["devices"] if d["device"] == "cuda")


class Cuda(Case):
    def clean(self, report, what=""):
        """Nothing misused, nothing kept."""
        self.assertEqual(report["misuse"], [], what)
        self.assertEqual({k: n for k, n in report["live"].items() if n}, {}, f"{what}: not given back")

    def same(self, path, modes=MODES):
        """The frames of a job on the CPU and on the simulated GPU; the last report."""
        want = tessera("hash", path, "--device", "cpu").stdout
        self.assertGreater(len(want.splitlines()), 0)
        for mode in modes:
            gpu = Simulated(self.dir, **mode)
            self.assertEqual(tessera("hash", path, "--device", "cuda", env=gpu.env).stdout, want, f"{path} {mode}")
            self.clean(gpu.report(), mode)
        return len(want.splitlines()), gpu.report()

    @needs_simgpu
    def test_every_layout_and_depth_through_its_transitions(self):
        frames = sum(self.same(shows.every_layout(self, depth, ladder=shows.LADDER))[0] for depth in (8, 10))
        self.figure(f"{frames} frames the same on a simulated GPU, {len(MODES)} ways")

    @needs_simgpu
    @needs_fixtures
    def test_real_recordings(self):
        frames = sum(self.same(shows.people(self, canvas), MODES[1:3])[0] for canvas in ((540, 960), (854, 480)))
        frames += sum(self.same(shows.every_recording(self, depth), MODES[1:3])[0] for depth in (8, 10))
        self.figure(f"{frames} frames of {len(shows.recordings())} recordings the same on a simulated GPU")

    def busy_show(self):
        """Eight guests, four overlays that move, four renditions."""
        clip = self.video("guest.mp4", size="320x180", seconds=4)
        takes = {f"g{i}": [{"uri": str(clip), "at": round(0.1 * i, 1)}] for i in range(8)}
        assets, overlays = {}, []
        for i in range(4):
            moving(self.dir, f"{i}.apng", (60 + 8 * i, 44 + 6 * i), 10, 5)
            assets[f"s{i}"] = {"uri": f"{i}.apng"}
            rect = {"x": 0.03 + 0.21 * i, "y": 0.11 + 0.19 * i, "w": 0.23, "h": 0.13}
            overlays.append({"asset": f"s{i}", "rect": rect, "alpha": 0.9})
        ladder = [{"name": f"r{h}", "width": w, "height": h, "bitrate": 300000}
                  for w, h in ((360, 640), (270, 480), (180, 320), (90, 160))]
        job = job_of(takes, ladder=ladder, duration=4, assets=assets, overlays=overlays)
        return self.write_job(job, name="busy.json")

    def report_of(self, path, *options, **mode):
        gpu = Simulated(self.dir, **mode)
        tessera("hash", path, "--device", "cuda", *options, env=gpu.env)
        report = gpu.report()
        self.clean(report)
        return report

    @needs_simgpu
    def test_a_steady_show_allocates_nothing_and_uploads_only_what_is_new(self):
        path = self.busy_show()
        self.same(path, MODES[1:3])
        short, long = (self.report_of(path, "--from", 1, "--to", to, mode="lazy") for to in (2, 3))
        more = lambda field: long[field] - short[field] if field in long else (
            long["calls"].get(field, 0) - short["calls"].get(field, 0))
        moved = {way: long["bytes"][way] - short["bytes"][way] for way in long["bytes"]}
        frames = more("cuEventRecord")
        self.assertEqual(frames, 30)
        for what in ("allocations", "frees", "host_allocations", "implicit_waits", "cuStreamSynchronize", "cuModuleGetFunction"):
            self.assertEqual(more(what), 0, what)
        self.assertGreaterEqual(more("launches"), frames)
        self.assertLessEqual(more("launches"), 6 * frames)
        # The guests are decoded in software; the overlays' pictures were there before.
        self.assertEqual(moved["htod_pixels"], frames * 8 * 320 * 180 * 3 // 2)
        self.assertLessEqual(moved["htod"] - moved["htod_pixels"], frames * 65536)
        self.figure(f"simulated: {more('launches') / frames:.1f} launches, "
                    f"{(moved['htod'] - moved['htod_pixels']) / frames / 1024:.1f} KiB of parameters a frame")

    @needs_simgpu
    def test_every_picture_is_uploaded_once(self):
        for i in range(3):
            ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={64 + 16 * i}x48:r=1,format=rgba", "-frames:v", "1", self.dir / f"{i}.png")
        assets = {f"s{i}": {"uri": f"{i}.png"} for i in range(3)}
        overlays = [{"asset": f"s{i}", "rect": {"x": 0.1, "y": 0.3 * i, "w": 0.5, "h": 0.2}} for i in range(3)]
        clip = self.video("guest.mp4", size="320x180", seconds=2)
        job = job_of({"g": [{"uri": str(clip), "at": 0}]}, duration=2, assets=assets, overlays=overlays)
        report = self.report_of(self.write_job(job), mode="lazy")
        sprites = sum((64 + 16 * i) * 48 * 4 for i in range(3))  # Y, U, V, alpha
        self.assertEqual(report["bytes"]["htod_pixels"], 60 * 320 * 180 * 3 // 2 + sprites)

    @needs_simgpu
    def test_a_render_publishes_the_same_objects(self):
        job = shows.every_layout(self, 8, ladder=shows.LADDER)
        gpu = Simulated(self.dir, mode="lazy", memory="reuse")
        for device in ("cpu", "cuda"):
            tessera("render", job, "--out", self.dir / device, "--device", device, "--stats", self.dir / f"{device}.json",
                    env=gpu.env)
        names = [sorted(p.relative_to(self.dir / d).as_posix() for p in (self.dir / d).rglob("*.m4s")) for d in ("cpu", "cuda")]
        self.assertGreater(len(names[0]), 2)
        self.assertEqual(names[0], names[1])
        for report in gpu.reports():
            self.clean(report)
        device = json.loads((self.dir / "cuda.json").read_text())["device"]
        self.assertEqual(device["submissions"], 90)
        self.assertLessEqual(device["launches"], 6 * 90)

    def test_probe_says_what_is_there_and_what_to_do(self):
        env = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "SIMGPU")}
        row = cuda_row(env)
        if not row["usable"]:
            self.assertRegex(row["missing"], "nvcc|NVIDIA_DRIVER_CAPABILITIES|too old|compute capability")
        if not LIBRARIES:
            return
        row = cuda_row(Simulated(self.dir, device="Test GPU", capability=86, memory_mb=1024).env)
        self.assertTrue(row["usable"])
        self.assertEqual(row["adapters"], [{"name": "Test GPU", "capability": "8.6", "memory_bytes": 1 << 30, "driver": "",
                                            "cuda": "13.0", "kernels": "sm_86", "usable": True, "missing": ""}])
        row = cuda_row(Simulated(self.dir, capability=70).env)
        self.assertFalse(row["usable"])
        self.assertIn("compute capability 7.0: want 7.5", row["missing"])
        self.assertIn("CUDA_VISIBLE_DEVICES", cuda_row(Simulated(self.dir, devices=0).env)["missing"])

    @needs_simgpu
    def test_auto_takes_the_gpu(self):
        path = self.small_show()
        want = tessera("hash", path, "--device", "cpu").stdout
        gpu = Simulated(self.dir)
        self.assertEqual(tessera("hash", path, "--device", "auto", env=gpu.env).stdout, want)
        self.assertGreater(gpu.report()["launches"], 0)

    def small_show(self):
        clip = self.video("guest.mp4", size="96x64", seconds=1)
        takes = {g: [{"uri": str(clip), "at": 0}] for g in ("a", "b")}
        ladder = [{"name": f"r{h}", "width": w, "height": h, "bitrate": 100000} for w, h in ((72, 128), (36, 64))]
        return self.write_job(job_of(takes, canvas=(72, 128), ladder=ladder, duration=0.3), name="small.json")

    def fault(self, path, want, call, nth, code, sticky):
        """One run in which one call fails. Returns how it ended."""
        what = f"{call}, call {nth}, code {code}{', sticky' if sticky else ''}"
        gpu = Simulated(self.dir, faults=[{"call": call, "nth": nth, "code": code, "sticky": sticky}])
        ran = run(TESSERA, "hash", path, "--device", "cuda", env=gpu.env, check=False, timeout=60)
        report = gpu.report()
        self.assertTrue(report["faults_fired"], what)
        self.clean(report, what)
        if ran.returncode == 0:
            self.assertEqual(ran.stdout, want, what)
            return "finished"
        self.assertIn(ran.returncode, (30, 31), f"{what}: {ran.stderr}")
        self.assertEqual(ran.returncode, 31 if code == 2 else 30, f"{what}: {ran.stderr}")
        # A sticky error comes back from the calls after it, too.
        self.assertIn("illegal memory access" if sticky else re.sub(r"_v\d$", "", call) + ":", ran.stderr, what)
        self.assertRegex(ran.stderr, r"device\.cuda: cu\w+: ", what)
        return "named"

    @needs_simgpu
    def test_every_call_of_the_driver_fails_once(self):
        path = self.small_show()
        want = tessera("hash", path, "--device", "cpu").stdout
        calls = self.report_of(path)["calls"]
        ends = {"finished": 0, "named": 0}
        for call, count in sorted(calls.items()):
            for nth in sorted({1, (count + 1) // 2, count}):
                for code, sticky in ((999, False), (2, False), (700, True)):
                    ends[self.fault(path, want, call, nth, code, sticky)] += 1
        self.assertGreater(ends["named"], len(calls))
        self.figure(f"{len(calls)} calls of a simulated driver: {ends['named']} faults named, {ends['finished']} without harm")


if __name__ == "__main__":
    unittest.main()
