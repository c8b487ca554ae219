"""Whole renders on a simulated CUDA device: decoded, composed and encoded there, with the CPU's frames as the measure.

Everything here is simulated (tests/simgpu): it shows that the driver is used rightly and that the frames are right; it
shows no speed and no encoder's quality.
"""
import json
import subprocess
import time
import unittest
from pathlib import Path

import simgpu
from simgpu import needs_simgpu
from support import Case, Published, TESSERA, frame_count, job_of, packets, psnr, run, tessera


X264 = ["-c:v", "libx264", "-preset", "veryfast"]
X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params"]
# Name: encoder's options, and whether hardware decodes it.
STREAMS = {
    "pyramid.mp4": (X264 + ["-bf", "8", "-g", "40", "-x264-params", "b-pyramid=normal:ref=8"], True),
    "open_gop.mkv": (X264 + ["-x264-params", "open-gop=1:bframes=3:keyint=30"], True),
    "refresh.mp4": (X264 + ["-x264-params", "intra-refresh=1:keyint=30"], True),
    "many_references.mp4": (X264 + ["-bf", "3", "-x264-params", "ref=16:keyint=60"], True),
    "slices.flv": (X264 + ["-x264-params", "slices=4:weightp=2"], True),
    "interlaced.mp4": (X264 + ["-flags", "+ilme+ildct", "-x264-params", "tff=1"], False),
    "full_range.mp4": (X264 + ["-color_range", "pc"], True),
    "hevc.mp4": (X265 + ["log-level=error:keyint=30:bframes=4", "-tag:v", "hvc1"], True),
    "hevc_open_gop.mkv": (X265 + ["log-level=error:keyint=20:open-gop=1:bframes=3"], True),
    "vp8.webm": (["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"], False),
}


@needs_simgpu
class Simulated(Case):
    def gpu(self, **options):
        """The environment of a process with a simulated GPU, whose reports the next call of reports() gives."""
        self.simulated = simgpu.Simulated(self.dir, **options)
        return self.simulated.env

    def render(self, job, out, *more, check=True, device="cuda", **options):
        stats = self.dir / f"{Path(out).name}.json"
        done = tessera("render", job, "--out", out, "--device", device, "--stats", stats, *more, check=check,
                       env=self.gpu(**options), timeout=300)
        self.stats = json.loads(stats.read_text()) if stats.exists() else None
        return done

    def reports(self):
        """Of every process that used the simulated driver."""
        return self.simulated.reports()

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

    def counted(self, job, reports):
        """What the engine counted is what the simulated driver did."""
        self.assertEqual(self.stats["media"]["decoded_surfaces"], self.total(reports, "surfaces_decoded"))
        # Before anything is rendered, one picture of each rendition is encoded to see whether it can be.
        tried = self.stats["media"]["encodes"] and len(json.loads(Path(job).read_text())["programmes"][0]["ladder"])
        self.assertEqual(self.stats["media"]["encodes"] + tried, self.total(reports, "encodes"))

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
                self.counted(job, reports)
                encoders = self.total(reports, "nvenc", "encoders")
                self.assertGreaterEqual(encoders, 2 * 2)
                for feature, each in (("look_ahead_pictures", 16), ("spatial_aq", 1), ("temporal_aq", 1), ("b_references", 1)):
                    self.assertEqual(self.total(reports, "nvenc", feature), each * encoders, feature)
                self.assertEqual(self.total(reports, "bytes", "htod_pixels"), 0)
                self.assertEqual(self.total(reports, "bytes", "dtoh_pixels"), 0)
                self.assertEqual(self.stats["device"]["device_to_host_bytes"], 0)
                self.same_pictures(job, out, 90)
                run(TESSERA, "lint", out)

    def test_hevc_takes(self):
        job, out = self.show(guests=2, hevc=True), self.dir / "hevc"
        self.render(job, out, mode="lazy", memory="reuse")
        self.clean(self.reports())
        self.assertEqual((self.stats["media"]["fall_backs"], self.stats["media"]["software_decoded"]), (0, 0))
        self.counted(job, self.reports())
        self.same_pictures(job, out, 90)

    def test_hevc_renditions_of_8_and_10_bits(self):
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 1500000, "codec": "hevc"},
                  {"name": "low", "width": 180, "height": 320, "quality": 24, "maxrate": 600000, "codec": "hevc"}]
        for depth, profile in ((8, "hvc1.1."), (10, "hvc1.2.")):
            job, out = self.show(guests=2, ladder=ladder), self.dir / f"hevc{depth}"
            changed = json.loads(job.read_text())
            changed["programmes"][0]["canvas"]["depth"] = depth
            changed["packaging"]["mp4"] = True
            job.write_text(json.dumps(changed))
            self.render(job, out, mode="lazy")
            self.clean(self.reports())
            self.assertEqual(self.stats["media"]["encodes"], 180)
            self.assertEqual(self.total(self.reports(), "bytes", "dtoh_pixels"), 0)
            self.same_pictures(job, out, 90)
            run(TESSERA, "lint", out)
            self.assertIn(profile, (out / Published(out).programmes["main"]["hls"]).read_text())
            self.assertEqual(frame_count(out / Published(out).programmes["main"]["mp4"]), 90)

    def test_nine_guests(self):
        job, out = self.show(guests=9, seconds=2), self.dir / "nine"
        self.render(job, out, mode="lazy", memory="reuse")
        reports = self.reports()
        self.clean(reports)
        self.assertEqual((self.stats["media"]["fall_backs"], self.stats["media"]["software_decoded"]), (0, 0))
        self.assertEqual(self.total(reports, "bytes", "htod_pixels") + self.total(reports, "bytes", "dtoh_pixels"), 0)
        self.counted(job, reports)
        self.assertEqual(self.total(reports, "launches"), self.stats["device"]["launches"])
        self.assertLessEqual(self.stats["device"]["launches"], 6 * 60)
        self.same_pictures(job, out, 60)
        self.figure(f"{self.stats['device']['launches'] / 60:.1f} launches a frame, at most "
                    f"{max(r['peak_bytes'] for r in reports) >> 20} MiB of the device (simulated)")

    def test_one_guest_of_four_in_software_is_the_only_upload(self):
        job, out = self.show(guests=4), self.dir / "mixed"
        clip = self.video("vp9.webm", size="320x240", seconds=3, audio=False,
                          options=["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"])
        changed = json.loads(job.read_text())
        changed["guests"][2]["takes"][0]["uri"] = str(clip)
        job.write_text(json.dumps(changed))
        self.render(job, out)
        reports = self.reports()
        self.clean(reports)
        self.assertEqual(self.stats["media"]["fall_backs"], 0)
        self.assertGreaterEqual(self.stats["media"]["software_decoded"], 90)
        self.counted(job, reports)
        self.assertEqual(self.stats["device"]["host_to_device_bytes"], 90 * 320 * 240 * 3 // 2)
        self.assertEqual(self.total(reports, "bytes", "htod_pixels"), 90 * 320 * 240 * 3 // 2)
        self.same_pictures(job, out, 90)

    def test_sessions_are_counted_before_they_are_needed(self):
        job = self.show()
        for code in (10, 21):  # out of memory, incompatible client key: older and newer drivers
            out = self.dir / f"sessions{code}"
            done = self.render(job, out, "--jobs", "2", nvenc_sessions=3, nvenc_full=code)
            self.clean(self.reports())
            # Two chunks in flight: two sessions for the first rendition, none left for the second.
            self.assertIn("rendition low is encoded by software", done.stderr)
            self.assertIn("NvEncOpenEncodeSessionEx", done.stderr)
            self.assertEqual(self.stats["media"]["encodes"], 90)
            self.same_pictures(job, out, 90)
        wanted = json.loads(job.read_text())
        for rung in wanted["programmes"][0]["ladder"]:
            rung["encoder"] = "nvenc"
        job.write_text(json.dumps(wanted))
        for code in (10, 21):
            done = self.render(job, self.dir / f"none{code}", "--jobs", "2", check=False, nvenc_sessions=3, nvenc_full=code)
            self.assertEqual(done.returncode, 31, done.stderr)
            self.assertIn("NvEncOpenEncodeSessionEx", done.stderr)

    def test_a_show_of_one_chunk_wants_one_session_a_rendition(self):
        job, out = self.show(guests=1, seconds=2), self.dir / "one"
        self.render(job, out, "--jobs", "4", nvenc_sessions=2)
        self.assertEqual(self.stats["media"]["encodes"], 60 * 2)
        self.same_pictures(job, out, 60)

    def test_chunks_of_two_programmes_share_the_sessions(self):
        """One chunk each, both in flight: two sessions are enough for one of the two renditions."""
        job, out = self.show(guests=1, seconds=2), self.dir / "two"
        document = json.loads(job.read_text())
        document["programmes"].append(dict(document["programmes"][0], id="other"))
        job.write_text(json.dumps(document))
        self.render(job, out, "--jobs", "2", nvenc_sessions=2)
        self.assertEqual(self.stats["media"]["encodes"], 2 * 60)
        self.same_pictures(job, out, 60)

    def test_too_little_memory_is_not_tried_again(self):
        job, out = self.show(guests=1, seconds=1), self.dir / "little"
        done = self.render(job, out, device="auto", memory_mb=4)
        self.assertIn("going on on the CPU", done.stderr)
        self.assertNotIn("starting it once more", done.stderr)
        self.assertEqual((self.stats["device_failures"], self.stats["media"]["encodes"]), (1, 0))
        self.same_pictures(job, out, 30)

    def test_software_that_ends_slowly_is_not_the_devices_silence(self):
        """A GPU without NVENC, and an encoder that keeps 60 pictures back: ending it takes longer than the watchdog waits."""
        clip = self.video("noise.mp4", seconds=2, source="testsrc2=s=360x640:r=30,noise=alls=30:allf=t+u",
                          options=["-c:v", "libx264", "-preset", "ultrafast", "-crf", "10"])
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 2500000, "preset": "veryslow"}]
        job, out = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(360, 640), ladder=ladder, duration=2,
                                         packaging={"segment": 1, "gop": 1, "chunk_segments": 2})), self.dir / "slow"
        began = time.monotonic()
        self.render(job, out, "--watchdog", "1", has_nvenc=False)
        self.figure(f"{time.monotonic() - began:.1f} s in all, 1 s of silence allowed (simulated)")
        self.same_pictures(job, out, 60, floor=20)

    def test_a_chunk_counts_only_once_its_last_plans_are_known_to_be_done(self):
        """A launch succeeds and what it launched does not: nobody waits for a chunk's last frames but who asks."""
        job = self.show()
        self.render(job, self.dir / "clean")
        last = self.total(self.reports(), "calls", "cuLaunchKernel")
        fault = {"call": "cuLaunchKernel", "nth": last, "code": 719, "late": True}
        done = self.render(job, self.dir / "late", check=False, faults=[fault])
        self.assertEqual(done.returncode, 30, done.stderr)
        self.assertRegex(done.stderr, r"cu\w+Synchronize.*CUDA_ERROR_LAUNCH_FAILED")
        done = self.render(job, self.dir / "again", device="auto", faults=[dict(fault, once=str(self.dir / "met"))])
        self.assertEqual((self.stats["device_failures"], self.stats["chunks_reused"]), (1, 1))
        self.same_pictures(job, self.dir / "again", 90)

    def test_an_encoder_that_lacks_something_does_without(self):
        """A rendition without B-frames comes first: what the second one can't have must be found out all the same."""
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 1500000, "codec": "hevc", "bframes": 0},
                  {"name": "low", "width": 180, "height": 320, "bitrate": 400000, "codec": "hevc", "bframes": 2}]
        job = self.show(ladder=[dict(rung, encoder="nvenc") for rung in ladder])
        for lacking, told in (("hevc_b_frames", "B-frames"), ("look_ahead", "look-ahead"), ("temporal_aq", "temporal")):
            out = self.dir / lacking
            done = self.render(job, out, nvenc_lacks=lacking)
            self.clean(self.reports())
            self.assertRegex(done.stderr, f"rendition low.*{told}")
            self.assertEqual(self.stats["media"]["encodes"], 180)
            self.same_pictures(job, out, 90)

    def test_little_memory_never_shows_in_the_pictures(self):
        """Takes that join in the middle of a chunk want memory while the encoders hold what they were lent."""
        big = self.video("big.mkv", size="1280x720", seconds=1, audio=False, options=["-c:v", "mpeg4", "-q:v", "5"])
        job = self.show(guests=1, seconds=2, canvas=(180, 320),
                        ladder=[{"name": "top", "width": 180, "height": 320, "bitrate": 300000}])
        changed = json.loads(job.read_text())
        changed["guests"] += [{"id": f"late{at}", "takes": [{"uri": str(big), "at": at}]} for at in (0.6, 0.8)]
        job.write_text(json.dumps(changed))
        self.render(job, self.dir / "ample", mode="lazy")
        want, ends = sorted(p.name for p in (self.dir / "ample" / "media").iterdir()), {}
        for megabytes in (6, 8, 10, 12, 14, 16, 18, 20, 22, 26, 30):
            with self.subTest(megabytes=megabytes):
                out = self.dir / f"mb{megabytes}"
                done = self.render(job, out, check=False, mode="lazy", memory="reuse", memory_mb=megabytes)
                ends[megabytes] = done.returncode
                self.clean(self.reports())
                self.assertIn(done.returncode, (0, 30, 31), done.stderr)
                if done.returncode == 0 and self.stats["media"]["encodes"] == 60:
                    self.assertEqual(sorted(p.name for p in (out / "media").iterdir()), want)
                elif done.returncode == 0:
                    self.same_pictures(job, out, 60)
        self.figure(f"MiB: exit {ends} (simulated)")
        self.assertEqual(ends[30], 0)

    def test_a_fault_of_nvenc_is_not_taken_for_a_lack(self):
        """Once at fault, it must not be asked for less: the bytes would differ from another machine's."""
        job = self.show(guests=1, seconds=1)
        for call in ("NvEncInitializeEncoder", "NvEncOpenEncodeSessionEx", "NvEncSetIOCudaStreams"):
            with self.subTest(call=call):
                done = self.render(job, self.dir / call, check=False, faults=[{"call": call, "nth": 1, "code": 20}])
                self.clean(self.reports())
                if done.returncode == 0:
                    self.assertIn(f"is encoded by software: device.nvenc: {call}", done.stderr)
                else:
                    self.assertEqual(done.returncode, 30, done.stderr)
                    self.assertIn(call, done.stderr)

    def test_damage_is_judged_by_software(self):
        job, out = self.show(guests=2, hevc=True), self.dir / "damaged"
        clip, mute = self.dir / "g1h.mp4", self.dir / "mute.mp4"
        # With sound the index would find the damage there, and hardware would not be tried.
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", clip, "-an", "-c", "copy", mute], check=True)
        data = bytearray(mute.read_bytes())
        for at in range(len(data) // 2, len(data) // 2 + 4000):
            data[at] ^= 0x5A
        clip.write_bytes(data)
        want = tessera("hash", job, "--device", "cpu").stdout
        got = tessera("hash", job, "--device", "cuda", env=self.gpu()).stdout
        self.assertEqual(got, want)
        done = self.render(job, out)
        self.clean(self.reports())
        self.assertIn("rendered again with software decoders", done.stderr)
        self.assertGreaterEqual(self.stats["media"]["fall_backs"], 1)
        self.assertNotEqual(Published(out).job["degraded"], [])
        self.same_pictures(job, out, 90)

    def test_every_kind_of_stream_gives_the_cpus_frames(self):
        """By number and by bytes, from the start and from the middle."""
        h264 = X264
        for name, (options, hardware) in STREAMS.items():
            clip = self.video(name, size="320x240" if "inter" in name else "318x238", options=options, audio=False)
            self.same_text(name, [clip], hardware)
        pieces = []
        for i, size in enumerate(("320x240", "640x480", "240x320")):
            pieces.append(self.video(f"piece{i}.ts", size=size, seconds=2, audio=False, options=h264 + ["-output_ts_offset", str(2 * i)]))
        changing = self.dir / "changing.ts"
        changing.write_bytes(b"".join(p.read_bytes() for p in pieces))
        self.same_text("changing.ts", [changing], True)

    def test_what_is_decoded_ahead_of_a_jump_is_counted(self):
        """Of every kind of stream: takes that end and begin in the middle of GOPs, in chunks that do so, too."""
        figures = []
        for name, (options, hardware) in STREAMS.items():
            if not hardware:
                continue
            with self.subTest(stream=name):
                clip = self.video(name, size="318x238", options=options, audio=False)
                job = self.show(guests=1, seconds=4, canvas=(90, 160),
                                ladder=[{"name": "low", "width": 90, "height": 160, "bitrate": 200000}])
                changed = json.loads(job.read_text())
                changed["guests"][0]["takes"] = self.jumping(clip)
                job.write_text(json.dumps(changed))
                self.render(job, self.dir / f"jumps {name}", mode="lazy")
                self.clean(self.reports())
                self.assertEqual(self.stats["media"]["fall_backs"], 0)
                self.counted(job, self.reports())
                figures.append(f"{name} {self.stats['media']['decoded_surfaces']}")
        self.figure("decoded (simulated): " + ", ".join(figures))

    def jumping(self, clip):
        return [{"uri": str(clip), "at": 0, "out": 2}, {"uri": str(clip), "at": 2.2, "in": 1.3}]

    def same_text(self, name, clips, hardware):
        with self.subTest(stream=name):
            takes = self.jumping(clips[0])
            job = self.write_job(job_of({"a": takes}, duration=4), name=f"{name}.json")
            want = tessera("hash", job, "--device", "cpu").stdout
            got = tessera("hash", job, "--device", "cuda", env=self.gpu()).stdout
            self.assertEqual(got, want)
            reports = self.reports()
            self.clean(reports)
            self.assertEqual(self.total(reports, "surfaces_decoded") > 100, hardware)
            self.assertEqual(self.total(reports, "bytes", "htod_pixels") == 0, hardware)

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
        done = self.render(job, out, has_nvdec=False)
        self.clean(self.reports())
        for clip in ("g0.mp4", "g1.mp4"):
            self.assertEqual(sum("decoded by software" in line and clip in line for line in done.stderr.splitlines()), 1,
                             done.stderr)
        self.assertEqual(self.stats["media"]["decoded_surfaces"], 0)
        self.assertGreaterEqual(self.stats["media"]["fall_backs"], 2)
        self.same_pictures(job, out, 90)

    def test_looking_says_it_too_when_software_decodes_instead(self):
        job = self.show()
        for words in (["hash", job], ["raw", job, "--rendition", "main/top", "--out", "-"],
                      ["frame", job, "--at", "1", "--out", "-"], ["sheet", job, "--out", "-"]):
            with self.subTest(command=words[0]):
                got = [subprocess.run([TESSERA, *words, "--device", "cuda"], capture_output=True, timeout=120,
                                      env=self.gpu(has_nvdec=has_nvdec)) for has_nvdec in (False, True)]
                self.assertEqual([g.returncode for g in got], [0, 0], got)
                self.assertEqual(got[0].stdout, got[1].stdout)
                said = [line for line in got[0].stderr.decode().splitlines() if "decoded by software instead of the GPU" in line]
                self.assertEqual(sorted(clip for line in said for clip in ("g0.mp4", "g1.mp4") if clip in line),
                                 ["g0.mp4", "g1.mp4"], said)
                self.assertEqual(got[1].stderr, b"")

    def test_a_call_that_hangs_is_given_up(self):
        job = self.show(seconds=2)
        fault = [{"call": "cuLaunchKernel", "nth": 40, "hang": True}]
        done = self.render(job, self.dir / "named", "--watchdog", "3", check=False, faults=fault)
        self.assertEqual(done.returncode, 30, done.stderr)
        self.assertIn("cuLaunchKernel", done.stderr)
        self.assertFalse((self.dir / "named" / "job.json").exists())
        done = self.render(job, self.dir / "auto", "--watchdog", "3", device="auto", faults=fault)
        said = [done.stderr.index(words) for words in ("starting it once more", "going on on the CPU")]
        self.assertEqual(said, sorted(said))
        self.assertEqual(self.stats["device_failures"], 2)
        self.same_pictures(job, self.dir / "auto", 60)


if __name__ == "__main__":
    unittest.main()
