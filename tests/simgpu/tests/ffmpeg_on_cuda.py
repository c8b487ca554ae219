"""The stock ffmpeg as a client of the simulated libcuda.so.1: an independent program that knows nothing of the simulator."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

LIBRARIES = os.environ["SIMGPU_LIB"]
FRAMES = 10
# What ffmpeg calls for a round trip of FRAMES NV12 frames; a change here is a change in the simulator's client or in it.
CALLS = {
    "cuInit": 1, "cuDeviceGet": 1, "cuDeviceGetAttribute": 1, "cuDevicePrimaryCtxGetState": 1,
    "cuDevicePrimaryCtxSetFlags": 1, "cuDevicePrimaryCtxRetain": 1, "cuDevicePrimaryCtxRelease": 1,
    "cuMemAlloc_v2": 1, "cuMemFree_v2": 1, "cuMemcpy2DAsync_v2": 4 * FRAMES, "cuStreamSynchronize": FRAMES,
    "cuCtxPushCurrent_v2": 2 * FRAMES + 2, "cuCtxPopCurrent_v2": 2 * FRAMES + 2,
}
MODES = [{"mode": "eager"}, {"mode": "lazy"}, {"mode": "lazy", "seed": 3}, {"mode": "lazy", "memory": "reuse"}]


def picture(size, pixel_format, frames=FRAMES):
    return ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-frames:v", str(frames)], f"scale={size},format={pixel_format}"


class OnCuda(unittest.TestCase):
    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="simgpu-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def ffmpeg(self, *args, simgpu=None, timeout=60):
        """ffmpeg's result, and the simulator's report where one was asked for."""
        environment = dict(os.environ)
        if simgpu is not None:
            report = self.dir / "report.json"
            report.unlink(missing_ok=True)
            environment |= {"LD_LIBRARY_PATH": LIBRARIES, "SIMGPU": json.dumps(dict(simgpu, report=str(report)))}
        result = subprocess.run(["ffmpeg", "-hide_banner", "-v", "error", "-nostdin", *args], capture_output=True,
                                text=True, timeout=timeout, env=environment)
        return result, json.loads(report.read_text()) if simgpu is not None else None

    def round_trip(self, size, pixel_format, simgpu, device=("cuda=gpu:0,primary_ctx=1",)):
        source, chain = picture(size, pixel_format)
        chain += f",hwupload,hwdownload,format={pixel_format}"
        return self.ffmpeg("-init_hw_device", *device, "-filter_hw_device", "gpu", *source, "-vf", chain,
                           "-f", "framemd5", "-", simgpu=simgpu)

    def software(self, size, pixel_format):
        source, chain = picture(size, pixel_format)
        return self.ffmpeg(*source, "-vf", chain, "-f", "framemd5", "-")[0].stdout

    def clean(self, report):
        self.assertEqual(report["misuse"], [])
        self.assertEqual(report["leaks"], [])

    def test_round_trip_gives_the_same_frames(self):
        # Odd widths; not odd heights: hwcontext_cuda leaves out the last chroma row of those, on any driver.
        for size, pixel_format in [("320:240", "nv12"), ("321:242", "yuv420p"), ("7:6", "nv12"), ("639:358", "p010le"),
                                   ("1919:1080", "yuv444p")]:
            expected = self.software(size, pixel_format)
            self.assertEqual(len([line for line in expected.splitlines() if line[0] != "#"]), FRAMES)
            for mode in MODES:
                with self.subTest(size=size, pixel_format=pixel_format, mode=mode):
                    result, report = self.round_trip(size, pixel_format, mode)
                    self.assertEqual(result.stdout, expected, result.stderr)
                    self.clean(report)

    def test_counters_are_exact(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                result, report = self.round_trip("320:240", "nv12", mode)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(report["calls"], CALLS)
                pixels = FRAMES * 320 * 240 * 3 // 2
                self.assertEqual(report["bytes"], {"htod": pixels, "htod_pixels": pixels, "dtoh": pixels,
                                                   "dtoh_pixels": pixels, "dtod": 0, "dtod_pixels": 0})
                self.assertEqual((report["allocations"], report["frees"], report["launches"]), (1, 1, 0))

    def test_a_context_of_its_own_works_too(self):
        result, report = self.round_trip("320:240", "nv12", {"mode": "lazy"}, device=("cuda=gpu:0",))
        self.assertEqual(result.stdout, self.software("320:240", "nv12"), result.stderr)
        self.assertEqual(report["calls"]["cuCtxCreate_v2"], 1)
        self.clean(report)

    def test_memory_limit(self):
        result, report = self.round_trip("1920:1080", "nv12", {"memory_mb": 2})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("CUDA_ERROR_OUT_OF_MEMORY", result.stderr)
        self.assertEqual((report["peak_bytes"], report["live"]["allocations"], report["misuse"]), (0, 0, []))

    def test_a_kernel_without_a_cpu_build_is_not_found(self):
        source, chain = picture("320:240", "nv12")
        result, report = self.ffmpeg("-init_hw_device", "cuda=gpu:0", "-filter_hw_device", "gpu", *source,
                                     "-vf", chain + ",hwupload,scale_cuda=160:120,hwdownload,format=nv12", "-f", "null", "-",
                                     simgpu={})
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("CUDA_ERROR_NOT_FOUND", result.stderr)
        self.assertEqual(report["misuse"], [])

    def test_every_call_failed_once(self):
        """No crash, and no run that claims success with wrong frames."""
        expected = self.software("320:240", "nv12")
        for call, count in CALLS.items():
            for nth in sorted({1, count}):  # the first and the last
                with self.subTest(call=call, nth=nth):
                    result, report = self.round_trip("320:240", "nv12",
                                                     {"faults": [{"call": call, "nth": nth, "code": 999}]})
                    self.assertGreaterEqual(result.returncode, 0, result.stderr)
                    self.assertEqual(len(report["faults_fired"]), 1)
                    if result.stdout != expected:
                        self.assertTrue(result.returncode != 0 or result.stderr, "wrong frames and not a word")

    def test_a_hanging_call_leaves_a_report(self):
        path = self.dir / "report.json"
        simgpu = {"report": str(path), "faults": [{"call": "cuStreamSynchronize", "nth": 3, "hang": True}]}
        source, chain = picture("320:240", "nv12")
        process = subprocess.Popen(
            ["ffmpeg", "-v", "error", "-nostdin", "-init_hw_device", "cuda=gpu:0", "-filter_hw_device", "gpu", *source,
             "-vf", chain + ",hwupload,hwdownload,format=nv12", "-f", "null", "-"],
            env=dict(os.environ, LD_LIBRARY_PATH=LIBRARIES, SIMGPU=json.dumps(simgpu)))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        fired = []
        for _ in range(600):
            fired = json.loads(path.read_text())["faults_fired"] if path.exists() and path.stat().st_size else []
            if fired:
                break
            time.sleep(0.1)
        self.assertEqual(fired, ["cuStreamSynchronize (call 3): code 999, hangs"])
        time.sleep(0.3)
        self.assertIsNone(process.poll(), "it went on")


if __name__ == "__main__":
    unittest.main()
