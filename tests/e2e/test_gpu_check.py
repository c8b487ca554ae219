"""./dev gpu-check's own checks: they pass on the simulated GPU, fail where something is wrong, and say what is missing."""
import json
import os
import unittest
from pathlib import Path

from simgpu import needs_simgpu
from support import ROOT, TESSERA, Case, run

SCRIPT = ROOT / "tests" / "support" / "gpu_check.py"
BUILD = Path(TESSERA).resolve().parent


def check(*options, env=None):
    env = env or {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "SIMGPU")}
    return run("python3", "-B", SCRIPT, "--build", BUILD, *options, check=False, timeout=1200, env=env)


class GpuCheck(Case):
    def test_without_a_gpu_one_line_says_what_is_missing(self):
        env = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "SIMGPU")}
        done = check(env=dict(env, CUDA_VISIBLE_DEVICES=""))
        self.assertEqual(done.returncode, 30, done.stdout + done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertRegex(done.stdout, "^no usable NVIDIA GPU: .*(nvcc|NVIDIA_DRIVER_CAPABILITIES|CUDA_VISIBLE_DEVICES)")

    @needs_simgpu
    def test_all_is_well_on_the_simulated_gpu(self):
        done = check("--simulated")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        for line in lines:
            self.assertTrue(line.startswith("simulated: "), line)
        self.assertRegex(lines[-1], r"^simulated: verdict: all \d+ checks are as they should be$")
        same = [line for line in lines if line.startswith("simulated:   same ")]
        self.assertGreater(len(same), 20)
        self.figure(f"{len(same)} checks on the simulated GPU")

    @needs_simgpu
    def test_a_fault_and_a_fall_back_are_found(self):
        faults = {"faults": [{"call": "cuLaunchKernel", "nth": 9, "code": 999}]}
        done = check("--simulated", "--only", "operations", "--simgpu", json.dumps(faults))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("simulated:   DIFFERS  operations: ", done.stdout)
        self.assertIn("cuLaunchKernel", done.stdout)
        self.assertIn("verdict: 1 of ", done.stdout.splitlines()[-1])
        done = check("--simulated", "--only", "four guests", "--simgpu", json.dumps({"has_nvdec": False}))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("DIFFERS  four guests: every guest is decoded by the GPU", done.stdout)
        self.assertIn("DIFFERS  four guests: no picture is uploaded", done.stdout)

    @needs_simgpu
    def test_a_gpu_without_nvenc_is_all_right_and_nvenc_that_cannot_be_used_is_not(self):
        done = check("--simulated", "--only", "four guests", "--simgpu", json.dumps({"has_nvenc": False}))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("is       this GPU has no NVENC", done.stdout)
        self.assertIn("same     four guests: every rendition is encoded by the CPU", done.stdout)
        self.assertIn("same     media.encodes as simulated: 0, simulated 0", done.stdout)
        self.assertRegex(done.stdout, "same     device.device_to_host_bytes as simulated: [1-9]")
        done = check("--simulated", "--only", "probe", "--simgpu", json.dumps({"nvenc_sessions": 0}))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("DIFFERS  NVENC can be used: NvEncOpenEncodeSessionEx: error 10", done.stdout)

    def test_a_simulated_gpu_is_not_taken_for_one(self):
        done = check(env=dict(os.environ, SIMGPU="{}"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("want --simulated", done.stdout)


if __name__ == "__main__":
    unittest.main()
