"""Animated overlays and gifts: the right frame at every time, composed as double precision does, in bounded memory."""
import json
import random
import shutil
import signal
import subprocess
import time
import unittest
from fractions import Fraction

import animations
from animations import Canvas, frame_at, frame_times, moving, raw_frames, rgba_frames
from support import Case, FIXTURES, TESSERA, job_of, needs_fixtures, run, tessera, tree_hash

SIZE = (40, 30)  # of the overlays
GREY, GREY_RGB = "#404a58", (0x40 / 255, 0x4a / 255, 0x58 / 255)


def gift(t, asset, guest=None):
    event = {"t": t, "type": "gift", "asset": asset, "user": {"id": "u1", "name": "Zoë"}}
    return dict(event, guest=guest) if guest else event


class Animations(Case):
    canvas = (120, 160)

    def formats(self):
        """{name: (path, frame times)} of the four formats, each at a rate of its own."""
        made = {}
        for name, rate, frames in (("q.mov", "30000/1001", 7), ("p.prores.mov", "12", 5), ("a.apng", "25", 9), ("g.gif", "10", 4)):
            path = moving(self.dir, name, SIZE, rate, frames)
            made[name] = (path, frame_times(path))
        return made

    def empty_stage(self, duration, depth=8, size=None, **more):
        """A job with nobody on stage."""
        job = job_of({"a": []}, canvas=size or self.canvas, duration=duration, **more)
        job["programmes"][0]["canvas"].update(background=GREY, depth=depth)
        return job

    def raw(self, path, depth=8, size=None):
        data = subprocess.run([TESSERA, "raw", path, "--rendition", "main/top", "--out", "-"], check=True,
                              capture_output=True).stdout
        return raw_frames(data, *(size or self.canvas), depth)

    def rect(self, x, y, size=SIZE):
        w, h = self.canvas
        return {"x": round(x / w, 6), "y": round(y / h, 6), "w": round(size[0] / w, 6), "h": round(size[1] / h, 6)}

    def test_overlays_are_the_right_frames_rightly_composed(self):
        """Every fourth frame of three seconds against Python: which frame (by ffprobe's times), which pixels (by ffmpeg's)."""
        made = self.formats()
        places = dict(zip(made, [(0, 0), (60, 10), (20, 60), (70, 100)]))
        assets = {f"x{k}": {"uri": str(path)} for k, (path, _) in enumerate(made.values())}
        overlays = [dict(asset=f"x{k}", rect=self.rect(*at), alpha=0.5 if k == 2 else 1) for k, at in enumerate(places.values())]
        pictures = {name: rgba_frames(path, SIZE) for name, (path, _) in made.items()}
        for depth in (8, 10):
            path = self.write_job(self.empty_stage(3, depth, assets=assets, overlays=overlays))
            frames = self.raw(path, depth)
            self.assertEqual(len(frames), 90)
            half = 128 / 255 if depth == 8 else 512 / 1023  # 512 of 1024, as the specification rounds it
            worst = 0
            for n in range(depth // 10, 90, 4):
                want = Canvas(*self.canvas, GREY_RGB)
                for k, (name, (_, times)) in enumerate(made.items()):
                    shown = pictures[name][frame_at(times, Fraction(n, 30))]
                    want.over(shown, SIZE, places[name], half if k == 2 else 1)
                worst = max(worst, want.worst(frames[n], depth))
            self.figure(f"{depth} bits: at most {worst:.2f} codes from double precision")
            self.assertLess(worst, 2.5)

    def test_a_gift_plays_once_over_the_stage_and_under_overlays(self):
        size = (80, 80)
        self.canvas = (120, 240)  # a gift's place is then 80x80 at 20, 120
        gif = moving(self.dir, "g.gif", size, "10", 4, alpha="255*gt(X,20)")
        over = moving(self.dir, "q.mov", SIZE, "25", 5)
        assets = {"rose": {"uri": "g.gif"}, "wave": {"uri": "q.mov"}}
        overlays = [{"asset": "wave", "rect": self.rect(40, 140)}]
        job = self.empty_stage(2, assets=assets, overlays=overlays)
        frames = self.raw(self.write_job(job, [gift(1, "rose")]))
        rose, wave = rgba_frames(gif, size), rgba_frames(over, SIZE)
        times = frame_times(over)
        for n in (0, 15, 29, 30, 32, 33, 38, 39, 41, 42, 59):
            want = Canvas(*self.canvas, GREY_RGB)
            if 30 <= n < 42:  # 0.4 s
                want.over(rose[(n - 30) // 3], size, (20, 120))
            want.over(wave[frame_at(times, Fraction(n, 30))], SIZE, (40, 140))
            self.assertLess(want.worst(frames[n]), 2.0, f"frame {n}")
        job["programmes"][0]["burn_in"] = ["overlays"]
        frames = self.raw(self.write_job(job, [gift(1, "rose")]))
        want = Canvas(*self.canvas, GREY_RGB)
        want.over(wave[frame_at(times, Fraction(35, 30))], SIZE, (40, 140))
        self.assertLess(want.worst(frames[35]), 2.0, "no gifts without burn_in")

    def test_apng_disposal_and_blending(self):
        rng = random.Random(4)
        def noise(w, h):
            return bytes(rng.choice((0, 90, 255)) if i % 4 == 3 else rng.randrange(256) for i in range(w * h * 4))
        parts = [(0, 0, 40, 30, noise(40, 30), (1, 30), 0, 0)]
        for dispose in (0, 1, 2):
            for blend in (0, 1):
                x, y = 2 * rng.randrange(8), 2 * rng.randrange(6)
                parts.append((x, y, 20, 16, noise(20, 16), (1, 30), dispose, blend))
        (self.dir / "a.png").write_bytes(animations.apng_file(SIZE, parts))  # the ending of a still picture
        job = self.empty_stage(0.5, assets={"a": {"uri": "a.png"}}, overlays=[{"asset": "a", "rect": self.rect(30, 40)}])
        frames = self.raw(self.write_job(job))
        self.assertEqual(len(frames), 15)
        pictures = animations.apng_pictures(SIZE, parts)
        for n in range(15):
            want = Canvas(*self.canvas, GREY_RGB)
            want.over(pictures[n % 7], SIZE, (30, 40))
            self.assertLess(want.worst(frames[n]), 2.5, f"seed 4, frame {n}")

    def test_kind_image_stands_still(self):
        moving(self.dir, "g.gif", SIZE, "10", 4)
        job = self.empty_stage(1, assets={"g": {"uri": "g.gif", "kind": "image"}}, overlays=[{"asset": "g"}])
        hashes = {line.split()[2] for line in tessera("hash", self.write_job(job)).stdout.splitlines()}
        self.assertEqual(len(hashes), 1)

    def show(self):
        """Nine one-second chunks with a guest, an overlay and two gifts; the second one in the eighth second."""
        clip = self.video("a.mp4", size="160x120", seconds=9)
        moving(self.dir, "q.mov", SIZE, "25", 40)
        moving(self.dir, "g.gif", SIZE, "10", 8)
        moving(self.dir, "rose.apng", SIZE, "25", 20)
        job = job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=self.canvas, duration=9,
                     assets={n: {"uri": f} for n, f in (("wave", "q.mov"), ("star", "g.gif"), ("rose", "rose.apng"))},
                     overlays=[{"asset": "wave", "rect": self.rect(60, 0)}, {"asset": "wave", "rect": self.rect(0, 0)}],
                     packaging={"segment": 1, "gop": 1, "chunk_segments": 1})
        return job, [gift(2.5, "star", "a"), gift(7.1, "rose")]

    def render(self, path, out, *more):
        tessera("render", path, "--out", out, "--stats", self.dir / "stats.json", *more)
        return json.loads((self.dir / "stats.json").read_text())

    def test_any_frame_from_anywhere(self):
        job, events = self.show()
        path = self.write_job(job, events)
        whole = tessera("hash", path).stdout.splitlines()
        self.assertEqual(len(whole), 270)
        for begin, end in ((0.7, 1.2), (2.9, 3.5), (7.5, 9)):
            part = tessera("hash", path, "--from", begin, "--to", end).stdout.splitlines()
            self.assertEqual(part, whole[round(begin * 30):round(end * 30)])

    def test_edits_render_only_what_they_touch(self):
        job, events = self.show()
        path = self.write_job(job, events)
        self.assertEqual(self.render(path, self.dir / "out")["chunks_rendered"], 9)
        before = tree_hash(self.dir / "out")
        self.assertEqual(self.render(path, self.dir / "out", "--jobs", "2")["chunks_rendered"], 0)
        self.assertEqual(tree_hash(self.dir / "out"), before)
        # The star lasts 0.8 s: seconds 2 and 3. Half a second later: seconds 3 only beside the 2 it leaves.
        path = self.write_job(job, [dict(events[0], t=3.1), events[1]])
        self.assertEqual(self.render(path, self.dir / "out")["chunks_rendered"], 2)
        # Another file behind the rose, of the same name, size and times.
        moving(self.dir, "rose.apng", SIZE, "25", 20, alpha="128")
        self.assertEqual(self.render(path, self.dir / "out")["chunks_rendered"], 1)
        # Overlays are everywhere.
        job["overlays"][0]["alpha"] = 0.5
        self.assertEqual(self.render(self.write_job(job, [dict(events[0], t=3.1), events[1]]), self.dir / "out")["chunks_rendered"], 9)

    def test_kills(self):
        job, events = self.show()
        path = self.write_job(job, events)
        began = time.monotonic()
        self.render(path, self.dir / "whole")
        took = time.monotonic() - began
        undisturbed = tree_hash(self.dir / "whole")
        for part in (0.3, 0.5, 0.7):
            out = self.dir / "killed"
            shutil.rmtree(out, ignore_errors=True)
            process = subprocess.Popen([TESSERA, "render", path, "--out", out, "--jobs", "2", "--progress", "none"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(part * took)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.render(path, out)
            self.assertEqual(tree_hash(out), undisturbed)

    def refused(self, name, content, code, *words, kind="auto"):
        (self.dir / name).write_bytes(content) if content is not None else None
        job = self.empty_stage(2, assets={"rose": {"uri": name, "kind": kind}})
        shutil.rmtree(self.dir / "out", ignore_errors=True)
        result = run(TESSERA, "render", self.write_job(job, [gift(1, "rose")]), "--out", self.dir / "out", check=False)
        lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(len(lines), 1, result.stderr)
        for word in (name, *words):
            self.assertIn(word, lines[0])
        self.assertFalse((self.dir / "out" / "job.json").exists())
        self.figure(f"exit {code}: {lines[0]}")

    def test_broken_files(self):
        huge = b"GIF89a" + (30000).to_bytes(2, "little") * 2 + b"\x80\0\0" + bytes(6) + b"\x2c" + bytes(8) + b"\0\2\2\x44\1\0;"
        self.refused("huge.gif", huge, 11, "30000x30000", "/assets/rose")
        self.refused("missing.gif", None, 10, "No such file", "/assets/rose")
        self.refused("text.mov", b"no film\n" * 99, 10, "/assets/rose")
        for name in ("g.gif", "a.apng", "q.mov", "p.prores.mov"):
            whole = moving(self.dir, name, SIZE, "10", 6).read_bytes()
            self.refused(f"cut-{name}", whole[:len(whole) * 2 // 3], 10, "/assets/rose")
        # All there, but a picture in the middle is damaged.
        whole = bytearray(moving(self.dir, "b.apng", SIZE, "10", 6).read_bytes())
        at = [i for i in range(len(whole)) if whole[i:i + 4] == b"fdAT"][3]
        whole[at + 20] ^= 0x55
        self.refused("damaged.apng", bytes(whole), 10, "frame 4 can't be decoded")

    def test_validate_tells_what_is_not_drawn(self):
        assets = {"rose": {"uri": "rose.gif"}, "castle": {"uri": "castle.mp4", "kind": "vap"}}
        job = self.empty_stage(2, assets=assets)
        text = tessera("validate", self.write_job(job, [gift(1, "rose"), gift(1, "castle"), gift(1.5, "castle")])).stdout
        self.assertIn("2 gift events are accepted but not drawn yet (the asset castle)", text)
        self.assertNotIn("rose", text)

    def test_memory_is_bounded(self):
        """90 pictures of 1080x1920 would be 750 MB."""
        self.canvas = (1080, 1920)
        clip = self.dir / "large.mov"
        run("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
            "color=red@0.5:s=1080x1920:r=30,format=argb", "-f", "lavfi", "-i", "color=blue:s=200x200:r=30", "-filter_complex",
            "[0][1]overlay=x=n*9:y=n*9", "-frames:v", "90", "-c:v", "qtrle", "-pix_fmt", "argb", clip)
        peaks = []
        for overlays in ([], [{"asset": "x"}, {"asset": "x", "alpha": 0.5}]):
            job = self.empty_stage(3.2, assets={"x": {"uri": "large.mov"}}, overlays=overlays)
            code = f"import resource, subprocess; subprocess.run([{TESSERA!r}, 'hash', {str(self.write_job(job))!r}, '--digest', 'none', '--from', '2'], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
            peaks.append(int(run("python3", "-c", code).stdout) / 1024)
        self.figure(f"{peaks[0]:.0f} MiB without, {peaks[1]:.0f} MiB with two showings of a 1080x1920 animation")
        self.assertLess(peaks[1] - peaks[0], 150)

    @needs_fixtures
    def test_gifts_made_by_others(self):
        assets = {p.stem: {"uri": str(p)} for p in sorted((FIXTURES / "gifts" / "other").glob("*.*")) if p.suffix != ".webp"}
        self.assertEqual(len(assets), 6)
        overlays = [{"asset": name, "rect": self.rect(20 * k, 5 * k, (40, 30))} for k, name in enumerate(assets) if 20 * k < 80]
        job = self.empty_stage(2.5, assets=assets, overlays=overlays)
        path = self.write_job(job, [gift(0.2 * k, name) for k, name in enumerate(assets)])
        self.assertNotIn("not drawn", tessera("validate", path).stdout)
        stats = self.render(path, self.dir / "out")
        self.assertEqual(stats["frames_composed"], 75)
        rows = json.loads(tessera("explain", path, "--at", "1.1", "--json").stdout)["layers"]
        self.assertEqual([r["kind"] for r in rows].count("animation"), len(overlays) + 5)


if __name__ == "__main__":
    unittest.main()
