"""The CUDA device on a simulated GPU: the same frames as on the CPU, and the driver used as it wants to be. Figures are
of the simulation."""
import collections
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


SOFTWARE_DECODE = {"has_nvdec": False}
SIZES = (2, 4, 6, 7, 8, 9, 10, 12, 14, 17, 20, 24, 30, 40, 64)  # MiB, from too little for one frame to ample
IN_SOFTWARE = ["-c:v", "mpeg4", "-q:v", "3"]  # a codec that is never asked of NVDEC


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
        modes = MODES + [dict(MODES[3], **SOFTWARE_DECODE)]
        frames = sum(self.same(shows.every_layout(self, depth, ladder=shows.LADDER), modes)[0] for depth in (8, 10))
        self.figure(f"{frames} frames the same on a simulated GPU, {len(modes)} ways")

    @needs_simgpu
    @needs_fixtures
    def test_real_recordings(self):
        frames = sum(self.same(shows.people(self, canvas), MODES[1:3])[0] for canvas in ((540, 960), (854, 480)))
        frames += sum(self.same(shows.every_recording(self, depth), MODES[1:3])[0] for depth in (8, 10))
        self.figure(f"{frames} frames of {len(shows.recordings())} recordings the same on a simulated GPU")

    @needs_simgpu
    def test_software_crops_in_hardwares_place_as_by_itself(self):
        """Columns cropped at the left, and a GPU that decodes nothing: libavcodec goes on in the context made for NVDEC."""
        whole = self.video("whole.mp4", size="192x112", seconds=2, audio=False)
        cropped = self.dir / "cropped.mp4"
        ffmpeg("-i", whole, "-c", "copy", "-bsf:v", "h264_metadata=crop_left=6:crop_right=2:crop_top=10:crop_bottom=8", cropped)
        job = job_of({"a": [{"uri": str(cropped), "at": 0}]}, canvas=(184, 94), duration=2)
        self.same(self.write_job(job, name="cropped.json"), [SOFTWARE_DECODE])

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

    def steady(self, path, **mode):
        """What the driver was asked for 30 frames of a show that has been running for a while."""
        short, long = (self.report_of(path, "--from", 1, "--to", to, mode="lazy", **mode) for to in (2, 3))
        moved = {way: long["bytes"][way] - short["bytes"][way] for way in long["bytes"]}
        more = lambda what: long.get(what, long["calls"].get(what, 0)) - short.get(what, short["calls"].get(what, 0))
        self.assertEqual(more("surface_allocations"), 0)
        for what in ("allocations", "frees", "host_allocations", "implicit_waits", "cuModuleGetFunction", "cuMemcpyHtoD_v2"):
            self.assertEqual(more(what), 0, what)
        self.assertGreaterEqual(more("launches"), 30)
        self.assertLessEqual(more("launches"), 6 * 30)
        self.assertLessEqual(moved["htod"] - moved["htod_pixels"], 30 * 65536)
        return moved, more

    @needs_simgpu
    def test_a_steady_show_allocates_nothing_and_uploads_only_what_is_new(self):
        path = self.busy_show()
        self.same(path, MODES[1:3])
        moved, more = self.steady(path)
        # The overlays' pictures were there before.
        self.assertEqual(moved["htod_pixels"], 0)
        self.assertGreaterEqual(more("surfaces_decoded"), 8 * 30)
        self.figure(f"simulated: {more('launches') / 30:.1f} launches, {moved['htod'] / 30 / 1024:.1f} KiB of parameters a frame")
        moved, more = self.steady(path, **SOFTWARE_DECODE)
        self.assertEqual(moved["htod_pixels"], 30 * 8 * 320 * 180 * 3 // 2)

    @needs_simgpu
    def test_of_four_guests_only_the_one_decoded_in_software_is_uploaded(self):
        takes = {g: [{"uri": str(self.video("guest.mp4", size="320x180")), "at": 0}] for g in "abc"}
        odd = self.video("odd.mkv", size="160x90", options=IN_SOFTWARE)
        takes["d"] = [{"uri": str(odd), "at": 0}]
        moved, more = self.steady(self.write_job(job_of(takes, duration=4)))
        self.assertEqual(moved["htod_pixels"], 30 * 160 * 90 * 3 // 2)
        self.assertGreaterEqual(more("surfaces_decoded"), 3 * 30)

    @needs_simgpu
    def test_every_picture_is_uploaded_once(self):
        for i in range(3):
            ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={64 + 16 * i}x48:r=1,format=rgba", "-frames:v", "1", self.dir / f"{i}.png")
        assets = {f"s{i}": {"uri": f"{i}.png"} for i in range(3)}
        overlays = [{"asset": f"s{i}", "rect": {"x": 0.1, "y": 0.3 * i, "w": 0.5, "h": 0.2}} for i in range(3)]
        clip = self.video("guest.mp4", size="320x180", seconds=2)
        job = job_of({"g": [{"uri": str(clip), "at": 0}]}, duration=2, assets=assets, overlays=overlays)
        report = self.report_of(self.write_job(job), mode="lazy", **SOFTWARE_DECODE)
        sprites = sum((64 + 16 * i) * 48 * 4 for i in range(3))  # Y, U, V, alpha
        self.assertEqual(report["bytes"]["htod_pixels"], 60 * 320 * 180 * 3 // 2 + sprites)

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
        # What is there and can't be used is told; what is not there is not missed.
        broken = [{"call": "cuDevicePrimaryCtxRetain", "nth": 1, "code": 999}]
        for options, said in (({"faults": broken}, "cuDevicePrimaryCtxRetain"), ({"capability": 61}, "6.1: want 7.5")):
            ran = tessera("hash", path, "--device", "auto", env=Simulated(self.dir, **options).env)
            self.assertEqual(ran.stdout, want)
            self.assertIn(said, ran.stderr)
        ran = tessera("hash", path, "--device", "auto", env=Simulated(self.dir, devices=0).env)
        self.assertEqual((ran.stdout, ran.stderr), (want, ""))

    @needs_simgpu
    def test_too_little_memory_is_said_or_does_not_matter(self):
        path = self.busy_show()
        want = tessera("hash", path, "--device", "cpu", "--to", 0.5).stdout
        ends, failed_over = {}, []
        for megabytes in SIZES:
            gpu = Simulated(self.dir, memory_mb=megabytes, mode="lazy", memory="reuse")
            ran = run(TESSERA, "hash", path, "--device", "cuda", "--to", 0.5, env=gpu.env, check=False, timeout=100)
            self.clean(gpu.report(), f"{megabytes} MiB")
            ends[megabytes] = ran.returncode
            if ran.returncode == 0:
                self.assertEqual(ran.stdout, want)
                failed_over += [megabytes] if "decoded by software" in ran.stderr else []
            else:
                self.assertEqual(ran.returncode, 31, ran.stderr)
                self.assertRegex(ran.stderr, r"CUDA_ERROR_OUT_OF_MEMORY \(2\).*: wanted \d+ bytes, \d+ of \d+ are free")
        self.assertEqual((ends[2], ends[64]), (31, 0))
        codes = [ends[megabytes] for megabytes in SIZES]
        self.assertEqual(codes, sorted(codes, reverse=True), "more memory is never worse")
        self.assertNotEqual(failed_over, [], "where decoders leave too little for the frames, they give theirs back")
        self.figure(f"exit codes by simulated MiB: {ends}; without hardware decoders: {failed_over}")

    def small_show(self, name="guest.mp4", options=()):
        clip = self.video(name, size="96x64", seconds=1, options=options)
        takes = {g: [{"uri": str(clip), "at": 0}] for g in ("a", "b")}
        ladder = [{"name": f"r{h}", "width": w, "height": h, "bitrate": 100000} for w, h in ((72, 128), (36, 64))]
        return self.write_job(job_of(takes, canvas=(72, 128), ladder=ladder, duration=0.3), name="small.json")

    def fault(self, path, want, call, nth, code, sticky):
        """One run in which one call fails. How it ended, and what the driver had to say."""
        what = f"{call}, call {nth}, code {code}{', sticky' if sticky else ''}"
        gpu = Simulated(self.dir, faults=[{"call": call, "nth": nth, "code": code, "sticky": sticky}])
        ran = run(TESSERA, "hash", path, "--device", "cuda", env=gpu.env, check=False, timeout=60)
        report = gpu.report()
        if ran.returncode == 0:
            self.assertEqual(ran.stdout, want, what)
            return "finished", report, what
        self.assertIn(ran.returncode, (30, 31), f"{what}: {ran.stderr}")
        # A sticky error comes back from the calls after it, too.
        self.assertRegex(ran.stderr, "illegal memory access" if sticky else re.sub(r"_v\d$", "", call), what)
        return f"exit {ran.returncode}", report, what

    def sweep(self, path, judge):
        want = tessera("hash", path, "--device", "cpu").stdout
        calls = self.report_of(path)["calls"]
        ends = collections.Counter()
        for call, count in sorted(calls.items()):
            for nth in sorted({1, (count + 1) // 2, count}):
                for code, sticky in ((999, False), (2, False), (700, True)):
                    end, report, what = self.fault(path, want, call, nth, code, sticky)
                    judge(end, report, what, call, code)
                    ends[end] += 1
        self.figure(f"{len(calls)} calls of a simulated driver failed: {dict(ends)}")

    @needs_simgpu
    def test_every_call_of_the_device_fails_once(self):
        def judge(end, report, what, call, code):
            self.assertTrue(report["faults_fired"], what)
            self.clean(report, what)
            self.assertIn(end, ("finished", "exit 31" if code == 2 else "exit 30"), what)

        self.sweep(self.small_show("odd.mkv", IN_SOFTWARE), judge)

    @needs_simgpu
    def test_every_call_of_decoders_fails_once(self):
        def judge(end, report, what, call, code):
            # libavcodec gives back what it has whether or not it could make the context current, and asks for pictures
            # that it knows were not decoded.
            if call not in ("cuCtxPushCurrent_v2", "cuvidDecodePicture"):
                self.clean(report, what)

        self.sweep(self.small_show(), judge)


if __name__ == "__main__":
    unittest.main()
