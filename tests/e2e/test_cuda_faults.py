"""Whole renders on a simulated GPU where one call of the driver, of NVDEC or of NVENC fails once, and where the video
engines have little to give. All of it is simulated.

Each call fails at one of its occurrences, the middle one; TESSERA_FULL_SWEEP=1 has the first and the last fail, too.
"""
import collections
import concurrent.futures
import json
import os
import re
import unittest

from simgpu import Simulated, needs_simgpu
from support import Case, Published, TESSERA, frame_count, job_of, psnr, run, tessera

FULL = os.environ.get("TESSERA_FULL_SWEEP") == "1"
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=30", "-tag:v", "hvc1"]
FRAMES = 18
# libavcodec gives back what it has whether or not it could make the context current, and asks for pictures that it knows
# were not decoded: that is its own misuse of the driver, and its own leak. How the render ends is judged all the same.
MISUSED_BY_LIBAVCODEC = ("cuCtxPushCurrent_v2", "cuvidDecodePicture")


@needs_simgpu
class Faults(Case):
    def show(self, ladder=((180, 320, "h264"),), seconds=FRAMES / 30, guests_seconds=1, **more):
        takes = {"a": self.video("a.mp4", size="160x96", seconds=guests_seconds, audio=False),
                 "b": self.video("b.mp4", size="160x160", seconds=guests_seconds, audio=False, options=HEVC)}
        rungs = [{"name": f"r{h}", "width": w, "height": h, "bitrate": 300000, "codec": codec} for w, h, codec in ladder]
        return self.write_job(job_of({g: [{"uri": str(p), "at": 0}] for g, p in takes.items()}, canvas=(180, 320), ladder=rungs,
                                     duration=seconds, packaging={"segment": 1, "gop": 1, "chunk_segments": 1}, **more))

    def render(self, job, name, device="cuda", **options):
        """A render in a folder of its own, and what the driver says of it."""
        folder = self.dir / name
        folder.mkdir()
        gpu = Simulated(folder, **options)
        done = run(TESSERA, "render", job, "--out", folder / "out", "--device", device, "--watchdog", "10", "--progress", "none",
                   "--stats", folder / "stats.json", env=gpu.env, check=False, timeout=60)
        return done, gpu.reports(), folder / "out"

    def media(self, out):
        return sorted(p.name for p in (out / "media").iterdir())

    def references(self, job):
        """What a render may give: the GPU's bytes, those of the CPU; and the CPU's pictures before they are encoded."""
        done, reports, out = self.render(job, "clean")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.right_use(reports, "no fault")
        gpu = self.media(out)
        tessera("render", job, "--out", self.dir / "cpu", "--device", "cpu")
        self.rightly = [gpu, self.media(self.dir / "cpu")]
        self.raw = self.dir / "raw.y4m"
        tessera("raw", job, "--device", "cpu", "--rendition", "main/r320", "--out", self.raw)
        self.assertEqual(len(reports), 1)
        return reports[0]["calls"]

    def right_pictures(self, out, what):
        if self.media(out) in self.rightly:
            return
        movie = Published(out).joined(Published(out).tracks()["video 180x320"], out.parent / "movie.mp4")
        self.assertEqual(frame_count(movie), FRAMES, what)
        count, means, worst = psnr(["-i", movie], self.raw, 180, 320, 30, "[1:v]null[ref]")
        self.assertEqual(count, FRAMES, what)
        self.assertGreater(worst, 25, f"{what}: {means}")

    def right_use(self, reports, what):
        for report in reports:
            self.assertEqual(report["misuse"], [], what)
            self.assertEqual({k: n for k, n in report["live"].items() if n}, {}, f"{what}: not given back")

    def fail_once(self, job, call, nth, code):
        """One call fails once: how the render ends. Threads share calls: where it came to fewer than before, the last."""
        for attempt in range(4):
            what = f"{call}, call {nth}, code {code}"
            done, reports, out = self.render(job, f"{call}-{nth}-{attempt}-{code}", faults=[{"call": call, "nth": nth, "code": code}])
            if any(r["faults_fired"] for r in reports):
                break
            nth = max(1, max(r["calls"].get(call, 1) for r in reports))
        else:
            self.fail(f"{what}: the fault never fired")
        if call not in MISUSED_BY_LIBAVCODEC:
            self.right_use(reports, what)
        if done.returncode == 0:
            self.right_pictures(out, what)
            return "finished"
        self.assertIn(done.returncode, (30, 31), f"{what}: {done.stderr}")
        self.assertIn(re.sub(r"_v\d$|64$", "", call), done.stderr, what)
        return f"exit {done.returncode}"

    def test_every_call_fails_once(self):
        job = self.show()
        calls = self.references(job)
        for prefix in ("NvEnc", "cuvid", "cuLaunch"):
            self.assertTrue(any(call.startswith(prefix) for call in calls), prefix)
        wanted = []
        for call, count in sorted(calls.items()):
            places = {1, (count + 1) // 2, count} if FULL else {(count + 1) // 2}
            wanted += [(call, nth, 20 if call.startswith("NvEnc") else 999) for nth in sorted(places)]
        ends, wrong = collections.Counter(), []
        with concurrent.futures.ThreadPoolExecutor(2) as workers:
            runs = {workers.submit(self.fail_once, job, *one): one for one in wanted}
            for done in concurrent.futures.as_completed(runs):
                try:
                    ends[done.result()] += 1
                except Exception as error:  # all of them are told, not the first alone
                    wrong.append(f"{runs[done]}: {error}")
        self.assertEqual(wrong, [], "\n".join(wrong))
        self.figure(f"{len(calls)} calls failed, {len(wanted)} renders: {dict(ends)} (simulated)")

    def test_a_fault_that_does_not_come_back_keeps_the_gpu(self):
        """With HEVC, which only NVENC gives: the CPU could not go on."""
        ladder = [(180, 320, "h264"), (162, 288, "hevc")]
        job = self.show(ladder=ladder, seconds=3, guests_seconds=3)
        tessera("raw", job, "--device", "cpu", "--rendition", "main/r320", "--out", self.dir / "r320.y4m")
        tessera("raw", job, "--device", "cpu", "--rendition", "main/r288", "--out", self.dir / "r288.y4m")
        done, (clean,), _ = self.render(job, "clean")
        self.assertEqual(done.returncode, 0, done.stderr)
        nth = clean["calls"]["cuLaunchKernel"] * 5 // 6  # in the last of three chunks
        for name, how in (("fails", {"code": 719}), ("sticks", {"code": 719, "sticky": True}), ("hangs", {"hang": True})):
            fault = dict(how, call="cuLaunchKernel", nth=nth, once=str(self.dir / f"{name}.met"))
            done, reports, out = self.render(job, name, device="auto", faults=[fault])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.count("the device failed; starting it once more"), 1, done.stderr)
            self.assertNotIn("the CPU", done.stderr)
            self.assertIn("cuLaunchKernel", done.stderr)
            self.right_use([r for r in reports if not r["faults_fired"]], name)
            stats = json.loads((out.parent / "stats.json").read_text())
            self.assertEqual((stats["device_failures"], stats["chunks_reused"] + stats["chunks_rendered"]), (1, 3))
            self.assertGreaterEqual(stats["chunks_reused"], 1)
            self.assertEqual(stats["media"]["encodes"], 2 * stats["frames_composed"])
            self.assertEqual(self.media(out), self.media(self.dir / "clean" / "out"))
            for w, h, _ in ladder:
                movie = Published(out).joined(Published(out).tracks()[f"video {w}x{h}"], out.parent / f"{h}.mp4")
                count, means, worst = psnr(["-i", movie], self.dir / f"r{h}.y4m", w, h, 30, "[1:v]null[ref]")
                self.assertEqual(count, 90)
                self.assertGreater(worst, 25, f"{name} {h}: {means}")
            self.figure(f"{name}: {stats['chunks_reused']} of 3 chunks reused (simulated)")

    def test_few_surfaces_and_few_decoders_never_show(self):
        job = self.show()
        self.references(job)
        told = {}
        for options in ({"surfaces": 4}, {"surfaces": 12}, {"surfaces": 20}, {"decoders": 1}):
            name = "-".join(f"{k}{v}" for k, v in options.items())
            done, reports, out = self.render(job, name, mode="lazy", memory="reuse", **options)
            self.assertIn(done.returncode, (0, 30, 31), f"{name}: {done.stderr}")
            self.right_use(reports, name)
            if done.returncode:
                self.assertRegex(done.stderr, "cuvid|surfaces", name)
                told[name] = f"exit {done.returncode}"
                continue
            self.right_pictures(out, name)
            media = json.loads((out.parent / "stats.json").read_text())["media"]
            told[name] = f"{media['fall_backs']} fall-backs, {media['decoded_surfaces']} surfaces"
            # What NVDEC did not do was said to have been done by software.
            self.assertEqual(media["software_decoded"] > 0, media["fall_backs"] > 0, name)
            self.assertEqual("decoded by software" in done.stderr, media["fall_backs"] > 0, f"{name}: {done.stderr}")
        self.assertRegex(told["surfaces4"] + told["decoders1"], "[1-9] fall-backs.*[1-9] fall-backs")
        self.figure(f"{told} (simulated)")

    def test_two_programmes_of_four_renditions_each_share_the_sessions(self):
        ladder = [(180, 320, "h264"), (162, 288, "hevc"), (152, 270, "h264"), (146, 260, "h264")]
        job = self.show(ladder=ladder)
        changed = json.loads(job.read_text())
        first = changed["programmes"][0]
        changed["programmes"].append(dict(first, id="second", layout="split"))
        job.write_text(json.dumps(changed))
        for sessions in (3, 8):
            done, reports, out = self.render(job, f"sessions{sessions}", nvenc_sessions=sessions)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.right_use(reports, f"{sessions} sessions")
            media = json.loads((out.parent / "stats.json").read_text())["media"]
            self.assertEqual((media["fall_backs"], media["software_decoded"]), (0, 0))
            # Programmes come one after the other, with a session a rendition. What has none is left to software, and
            # that is said.
            nvenc = 2 * 4 - done.stderr.count("is encoded by software")
            self.assertEqual(nvenc, {3: 6, 8: 8}[sessions], done.stderr)
            self.assertEqual(media["encodes"], nvenc * FRAMES)
            published = Published(out)
            for programme in ("main", "second"):
                tracks = {k: v for k, v in published.tracks(programme).items() if k.startswith("video")}
                self.assertEqual(set(tracks), {f"video {w}x{h}" for w, h, _ in ladder})
                for w, h, _ in ladder:
                    movie = published.joined(tracks[f"video {w}x{h}"], out.parent / f"{programme}{h}.mp4")
                    raw = self.dir / f"{programme}{h}.y4m"
                    if not raw.exists():
                        tessera("raw", job, "--device", "cpu", "--rendition", f"{programme}/r{h}", "--out", raw)
                    count, means, worst = psnr(["-i", movie], raw, w, h, 30, "[1:v]null[ref]")
                    self.assertEqual(count, FRAMES)
                    self.assertGreater(worst, 25, f"{programme} {h}: {means}")
            self.figure(f"{sessions} sessions: {media['encodes']} of {2 * 4 * FRAMES} pictures encoded by NVENC (simulated)")


if __name__ == "__main__":
    unittest.main()
