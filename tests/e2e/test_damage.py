"""Damaged and missing takes: the show renders, says what was lost, and the tile follows the policy."""
import json
import unittest

from support import Case, FIXTURES, Published, custom, job_of, needs_fixtures, tessera, tree_hash

POLICY = {"hold": 1.0, "placeholder": "color", "placeholder_for": 1.0, "lost_take": "placeholder"}


class Damage(Case):
    def damaged_ts(self):
        """A TS with a burst of zeroed packets in the middle and a cut-off end."""
        whole = self.video("whole.ts", seconds=6)
        data = bytearray(whole.read_bytes())
        middle = len(data) // 2 // 188 * 188
        data[middle:middle + 188 * 60] = bytes(188 * 60)
        path = self.dir / "damaged.ts"
        path.write_bytes(data[:int(len(data) * 0.8)])
        return path

    def render_twice(self, job, name):
        path = self.write_job(job, name=f"{name}.json")
        first = tessera("render", path, "--out", self.dir / f"{name}-1")
        second = tessera("render", path, "--out", self.dir / f"{name}-2")  # with a warm index
        self.assertEqual(tree_hash(self.dir / f"{name}-1"), tree_hash(self.dir / f"{name}-2"))
        return Published(self.dir / f"{name}-1").job, first.stderr

    def check_damage(self, files):
        whole = self.video("good.mp4", seconds=6)
        for file in files:
            job = job_of({"good": [{"uri": str(whole), "at": 0}], "bad": [{"uri": str(file), "at": 0}]}, duration=6,
                         policy=POLICY)
            done, log = self.render_twice(job, file.stem)
            lines = [d for d in done["degraded"] if d["take"] == "bad/0"]
            self.assertTrue(lines, f"{file.name}: nothing in degraded")
            self.assertIn("bad/0", log)
            for line in lines:
                self.assertLess(line["start"], line["end"], line)
            self.figure(f"{file.name}: {len(lines)} spans, first {lines[0]}")
            strict = tessera("render", self.dir / f"{file.stem}.json", "--out", self.dir / "strict", "--strict", check=False)
            self.assertEqual(strict.returncode, 10, strict.stderr)
            self.assertFalse((self.dir / "strict" / "job.json").exists())

    def test_made_damage(self):
        self.check_damage([self.damaged_ts()])

    @needs_fixtures
    def test_real_damage(self):
        self.check_damage([FIXTURES / "media" / "broken_bitflips.ts", FIXTURES / "media" / "broken_truncated.ts"])

    def lost(self, file):
        whole = self.video("good.mp4", seconds=6)
        return job_of({"good": [{"uri": str(whole), "at": 0}], "bad": [{"uri": str(file), "at": 1, "out": 4}]}, duration=6,
                      policy=POLICY)

    def check_lost_take(self, file):
        job = self.lost(file)
        done, log = self.render_twice(job, "lost")
        self.assertEqual(done["degraded"][0]["take"], "bad/0")
        self.assertIn("can't be opened", done["degraded"][0]["reason"])
        # The placeholder stands from 1 s for placeholder_for, then the tile leaves and the layout closes up.
        for at, tiles in ((0.5, 1), (1.5, 2), (2.5, 1)):
            layers = json.loads(tessera("explain", self.dir / "lost.json", "--at", at, "--json").stdout)["layers"]
            self.assertEqual(len({layer["guest"] for layer in layers if layer["guest"]}), tiles, (at, layers))
        failing = dict(job, policy=dict(POLICY, lost_take="fail"))
        result = tessera("render", self.write_job(failing, name="fail.json"), "--out", self.dir / "fail", check=False)
        self.assertEqual(result.returncode, 10)
        strict = tessera("render", self.dir / "lost.json", "--out", self.dir / "fail", "--strict", check=False)
        self.assertEqual(strict.returncode, 10)
        self.assertFalse((self.dir / "fail" / "job.json").exists())

    def test_made_lost_take(self):
        whole = self.video("index-lost.mp4", seconds=3)
        data = whole.read_bytes()
        broken = self.dir / "broken.mp4"
        broken.write_bytes(data[:data.rindex(b"moov") - 4])
        self.check_lost_take(broken)

    @needs_fixtures
    def test_real_lost_take(self):
        self.check_lost_take(FIXTURES / "media" / "broken_truncated.mp4")

    def test_gap_follows_the_policy(self):
        """A take that ends: held for a second, placeholder for a second, gone. Exact to the frame."""
        whole = self.video("good.mp4", seconds=6)
        short = self.video("short.mp4", seconds=2)
        job = job_of({"good": [{"uri": str(whole), "at": 0}], "bad": [{"uri": str(short), "at": 0}]}, duration=6,
                     policy=POLICY)
        path = self.write_job(job)
        def reason(frame):
            layers = json.loads(tessera("explain", path, "--at", frame / 30, "--json").stdout)["layers"]
            found = [layer["reason"] for layer in layers if layer["guest"] == "bad"]
            return found[0].split(":")[0] if found else None
        seen = [reason(n) for n in (59, 60, 89, 90, 119, 120)]
        self.assertEqual(seen, ["live", "held", "held", "placeholder", "placeholder", None])


if __name__ == "__main__":
    unittest.main()
