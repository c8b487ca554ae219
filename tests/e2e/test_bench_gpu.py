"""`tessera-bench gpu` without a GPU, and on the simulated one: everything runs and is labelled, and no speed is told."""
import json
import os
import re
import unittest
from pathlib import Path

from simgpu import Simulated, needs_simgpu
from support import TESSERA, Case, run

BENCH = Path(TESSERA).resolve().parent / "tessera-bench"


class BenchGpu(Case):
    def test_without_a_gpu_it_says_so(self):
        env = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "SIMGPU")}
        done = run(BENCH, "gpu", check=False, env=dict(env, CUDA_VISIBLE_DEVICES=""))
        self.assertEqual(done.returncode, 30)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertRegex(done.stderr, "nvcc|NVIDIA_DRIVER_CAPABILITIES|CUDA_VISIBLE_DEVICES|no GPU")

    @needs_simgpu
    def test_every_line_says_simulated_and_none_tells_a_speed(self):
        clips = [self.video(f"g{i}.mp4", size="320x180", seconds=2) for i in range(4)]
        gpu = Simulated(self.dir, mode="lazy")
        done = run(BENCH, "gpu", "--parts", "ops", "stages", "ffmpeg", "--seconds", 1, "--clips", *clips, env=gpu.env)
        for line in done.stdout.splitlines():
            self.assertTrue(line.startswith("simulated: "), line)
            self.assertNotRegex(line, r"\d ?(ms|fps|GB/s|%)")
        self.assertGreater(len(done.stdout.splitlines()), 30)
        self.assertIn("0 pictures decoded in software, 120 encodes, 0 fall-backs", done.stdout)
        self.assertIn("back 0\n", done.stdout)
        report = gpu.report()
        self.assertEqual(report["misuse"], [])
        self.assertEqual({k: n for k, n in report["live"].items() if n}, {})

    @needs_simgpu
    def test_json_of_a_simulated_gpu_has_no_times(self):
        text = run(BENCH, "gpu", "--parts", "ops", "--json", env=Simulated(self.dir).env).stdout
        found = json.loads(text)
        self.assertIn("simulated", found)
        self.assertGreater(len(found["operations"]), 20)
        self.assertFalse(re.search(r"milliseconds|gb_s|percent|fps|_ms", text))

    @needs_simgpu
    def test_an_error_of_the_driver_is_named(self):
        gpu = Simulated(self.dir, faults=[{"call": "cuEventSynchronize", "nth": 1, "code": 999}])
        done = run(BENCH, "gpu", "--parts", "ops", check=False, env=gpu.env)
        self.assertEqual(done.returncode, 30)
        self.assertIn("cuEventSynchronize: CUDA_ERROR_UNKNOWN", done.stderr)


if __name__ == "__main__":
    unittest.main()
