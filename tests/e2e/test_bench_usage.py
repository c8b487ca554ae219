"""`tessera-bench` as a program: what it was not told rightly ends with 2 and one line, as with every command of tessera, and
what it measures on the CPU it measures to the end. No figure is judged."""
import json
import unittest
from pathlib import Path

from support import TESSERA, Case, run

BENCH = Path(TESSERA).resolve().parent / "tessera-bench"


class Usage(Case):
    def test_one_line_and_exit_2(self):
        for words, said in ((["compare", "--seconds", "x"], "--seconds"), (["compare", "--scaler", "best"], "best"),
                            (["gpu", "--parts", "none"], "none"), (["devices", "--devices", "tpu"], "tpu"), (["model", "--no-such"], "--no-such"), (["--no-such"], "--no-such"),
                            (["race"], "race"), (["decode"], "JOB")):
            done = run(BENCH, *words, check=False, timeout=20)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), f"{words}: {done.stderr}")
            self.assertIn("tessera-bench: error: usage: ", done.stderr)
            self.assertIn(said, done.stderr)
            self.assertIn("--help", done.stderr)

    def test_help_is_no_error(self):
        for words in (["--help"], ["compare", "--help"], ["gpu", "--help"], ["devices", "--help"], ["model", "--help"]):
            done = run(BENCH, *words, check=False, timeout=20)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertIn("tessera-bench", done.stdout)

    def clips(self):
        return [self.video(f"g{i}.mp4", size="320x180", seconds=3) for i in range(4)]

    def test_compare_measures_both_sides(self):
        done = run(BENCH, "compare", "--runs", 1, "--seconds", 2, "--peers", "ffmpeg", "--stages", "decode", "compose", "--json",
                   "--clips", *self.clips())
        found = json.loads(done.stdout)
        self.assertNotIn("failed", found)
        self.assertEqual((found["settings"]["device"], found["settings"]["runs"]), ("cpu", 1))
        for stage in ("decode", "compose"):
            for engine in ("tessera", "ffmpeg"):
                self.assertGreater(found["stages"][stage][engine]["cpu_seconds"]["median"], 0)
        self.assertGreater(found["compose_and_scale"]["ffmpeg"]["cpu_ms_a_frame"]["median"], 0)

    def test_devices_measures_every_kind_of_show(self):
        done = run(BENCH, "devices", "--runs", 1, "--seconds", 2, "--devices", "cpu", "--clips", *self.clips())
        self.assertEqual(len(done.stdout.splitlines()), 1 + 4 * 3, done.stdout)
        self.assertRegex(done.stdout, r"10 bit, rounded and translucent\n  scalar .*, 1\.00 \(1\.00 to 1\.00\) of scalar\n  cpu ")


if __name__ == "__main__":
    unittest.main()
