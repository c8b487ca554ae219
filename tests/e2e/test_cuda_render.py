"""Whole renders on a simulated CUDA device: decoded, composed and encoded there, with the CPU's frames as the measure.

Everything here is simulated (tests/simgpu): it shows that the driver is used rightly and that the frames are right; it
shows no speed and no encoder's quality.
"""
import json
import os
import unittest
from pathlib import Path

from support import Case, Published, TESSERA, frame_count, job_of, packets, psnr, run, tessera

BUILD = Path(TESSERA).resolve().parent
LIBRARIES = BUILD / "tests" / "simgpu" / "lib"
KERNELS = next(iter(sorted(BUILD.glob("kernels/libtessera_cuda_kernels_host.so"))), None)
# Where nvcc or the codec headers are missing there is no CUDA device and no simulator in the build.
BUILT = KERNELS is not None and all(
    (LIBRARIES / name).exists() for name in ("libcuda.so.1", "libnvcuvid.so.1", "libnvidia-encode.so.1"))


@unittest.skipUnless(BUILT, "this build has no CUDA device or no simulated driver")
class Simulated(Case):
    def gpu(self, **options):
        """The environment of a process with a simulated GPU, which reports to the file `report`."""
        self.report = self.dir / f"report{len(list(self.dir.glob('report*')))}.json"
        options = {"report": str(self.report), **options}
        path = f"{LIBRARIES}:{os.environ['LD_LIBRARY_PATH']}" if os.environ.get("LD_LIBRARY_PATH") else str(LIBRARIES)
        return dict(os.environ, LD_LIBRARY_PATH=path, SIMGPU=json.dumps(options), SIMGPU_KERNELS=str(KERNELS))

    def render(self, job, out, *more, check=True, device="cuda", **options):
        stats = self.dir / f"{Path(out).name}.json"
        done = tessera("render", job, "--out", out, "--device", device, "--stats", stats, *more, check=check,
                       env=self.gpu(**options), timeout=300)
        self.stats = json.loads(stats.read_text()) if stats.exists() else None
        return done

    def reports(self):
        """Of every process that used the simulated driver."""
        return [json.loads(p.read_text()) for p in sorted(self.report.parent.glob(self.report.name + "*"))]

    def clean(self, reports):
        for report in reports:
            self.assertEqual(report["misuse"], [])
            self.assertEqual({k: v for k, v in report["live"].items() if v}, {})

    def total(self, reports, *keys):
        def value(report):
            for key in keys:
                report = report.get(key, 0) if isinstance(report, dict) else 0
            return report or 0
        return sum(value(r) for r in reports)

    def show(self, guests=2, seconds=3, hevc=False, ladder=None, canvas=(360, 640), **more):
        takes = {}
        for i in range(guests):
            options = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "30", "-bf", str(i % 4)]
            if hevc and i == 1:
                options = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=30", "-tag:v", "hvc1"]
            clip = self.video(f"g{i}{'h' if hevc else ''}.mp4", size=("640x360", "320x240", "426x240")[i % 3],
                              rate=("30", "25")[i % 2], seconds=seconds, options=options)
            takes[f"g{i}"] = [{"uri": str(clip), "at": 0}]
        ladder = ladder or [{"name": "top", "width": canvas[0], "height": canvas[1], "bitrate": 1500000},
                            {"name": "low", "width": canvas[0] // 2, "height": canvas[1] // 2, "bitrate": 400000}]
        job = job_of(takes, canvas=canvas, ladder=ladder, duration=seconds,
                     packaging={"segment": 1, "gop": 1, "chunk_segments": 2}, **more)
        return self.write_job(job)

    def same_pictures(self, job, out, frames, floor=30.0):
        """Every rendition has the CPU's frames, in order, at their times, with key frames on the grid."""
        published = Published(out)
        for name, playlist in published.tracks().items():
            if not name.startswith("video"):
                continue
            size = name.split()[1]
            rung = next(r for r in json.loads(Path(job).read_text())["programmes"][0]["ladder"]
                        if f"{r['width']}x{r['height']}" == size)
            movie = published.joined(playlist, self.dir / f"{size}.mp4")
            self.assertEqual(frame_count(movie), frames)
            rows = packets(movie)
            times = sorted(p[0] for p in rows)
            self.assertEqual([round((t - times[0]) * 30, 3) for t in times], list(range(frames)))
            self.assertEqual(sorted(round((p[0] - times[0]) * 30) for p in rows if p[3]), list(range(0, frames, 30)))
            raw = self.dir / f"{size}.y4m"
            tessera("raw", job, "--device", "cpu", "--rendition", f"main/{rung['name']}", "--out", raw)
            count, means, worst = psnr(["-i", movie], raw, rung["width"], rung["height"], 30, "[1:v]null[ref]")
            self.assertEqual(count, frames)
            # A frame in the place of another would have far less.
            self.assertGreater(worst, floor, f"{size}: {means}")
            self.figure(f"{size}: PSNR {means['psnr_avg']:.1f} dB, worst frame {worst:.1f} dB (simulated encoder)")

    def test_decoded_composed_and_encoded_on_the_device(self):
        for mode in ("eager", "lazy"):
            with self.subTest(mode=mode):
                job, out = self.show(guests=3), self.dir / mode
                self.render(job, out, mode=mode)
                reports = self.reports()
                self.clean(reports)
                media = self.stats["media"]
                self.assertEqual(media["fall_backs"], 0)
                self.assertEqual(media["software_decoded"], 0)
                self.assertGreaterEqual(media["decoded_surfaces"], 90 + 75 + 90)
                self.assertEqual(media["encodes"], 90 * 2)
                self.assertEqual(self.total(reports, "bytes", "htod_pixels"), 0)
                self.assertEqual(self.total(reports, "bytes", "dtoh_pixels"), 0)
                self.assertEqual(self.stats["device"]["device_to_host_bytes"], 0)
                self.same_pictures(job, out, 90)
                run(TESSERA, "lint", out)

    def test_hevc_takes_and_an_interlaced_one(self):
        job, out = self.show(guests=2, hevc=True), self.dir / "hevc"
        self.render(job, out)
        self.clean(self.reports())
        self.assertEqual((self.stats["media"]["fall_backs"], self.stats["media"]["software_decoded"]), (0, 0))
        self.same_pictures(job, out, 90)

    def test_without_nvenc_each_rendition_is_downloaded_once(self):
        job, out = self.show(), self.dir / "out"
        self.render(job, out, has_nvenc=False)
        reports = self.reports()
        self.clean(reports)
        self.assertEqual(self.stats["media"]["encodes"], 0)
        self.assertEqual(self.stats["media"]["fall_backs"], 0)
        pixels = (360 * 640 + 180 * 320) * 3 // 2
        self.assertEqual(self.stats["device"]["device_to_host_bytes"], 90 * pixels)
        # The encoder is the CPU's, so are the bytes.
        tessera("render", job, "--out", self.dir / "cpu", "--device", "cpu")
        names = [sorted(p.name for p in (o / "media").iterdir()) for o in (out, self.dir / "cpu")]
        self.assertEqual(*names)

    def test_encoder_software_is_the_cpus(self):
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 800000, "encoder": "software"}]
        job = self.show(ladder=ladder)
        self.render(job, self.dir / "out")
        self.clean(self.reports())
        self.assertEqual(self.stats["media"]["encodes"], 0)
        tessera("render", job, "--out", self.dir / "cpu", "--device", "cpu")
        self.assertEqual(*[sorted(p.name for p in (self.dir / o / "media").iterdir()) for o in ("out", "cpu")])

    def test_nvenc_without_a_gpu_is_an_error_that_says_so(self):
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 800000, "encoder": "nvenc"}]
        done = tessera("render", self.show(ladder=ladder), "--out", self.dir / "out", "--device", "cpu", check=False)
        self.assertEqual(done.returncode, 30)
        self.assertIn("rendition top: encoder nvenc", done.stderr)

    def test_a_decoder_that_cannot_be_made_is_replaced_by_software(self):
        job, out = self.show(), self.dir / "out"
        self.render(job, out, has_nvdec=False)
        self.clean(self.reports())
        self.assertEqual(self.stats["media"]["decoded_surfaces"], 0)
        self.assertGreaterEqual(self.stats["media"]["fall_backs"], 2)
        self.same_pictures(job, out, 90)

    def test_a_call_that_hangs_is_given_up(self):
        job = self.show(seconds=2)
        fault = [{"call": "cuLaunchKernel", "nth": 40, "hang": True}]
        done = self.render(job, self.dir / "named", "--watchdog", "3", check=False, faults=fault)
        self.assertEqual(done.returncode, 30, done.stderr)
        self.assertIn("cuLaunchKernel", done.stderr)
        self.assertFalse((self.dir / "named" / "job.json").exists())
        done = self.render(job, self.dir / "auto", "--watchdog", "3", device="auto", faults=fault)
        self.assertIn("going on on the CPU", done.stderr)
        self.assertEqual(self.stats["device_failures"], 1)
        self.same_pictures(job, self.dir / "auto", 60)


if __name__ == "__main__":
    unittest.main()
