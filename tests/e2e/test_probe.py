"""What `tessera probe` says of an NVIDIA GPU's video engines, on a simulated one: all of it is simulated."""
import json
import unittest
from pathlib import Path

from simgpu import LIBRARIES, Simulated, needs_simgpu
from support import Case, job_of, tessera

ADVICE = "NVIDIA_DRIVER_CAPABILITIES=compute,video,utility"


@needs_simgpu
class Probe(Case):
    def probe(self, libraries=None, **options):
        """The row of the CUDA device, and the same in words; nothing may stay open behind them."""
        outputs = []
        for words in (["--json"], []):
            gpu = Simulated(self.dir, **options)
            if libraries:
                gpu.env["LD_LIBRARY_PATH"] = str(libraries)
            outputs.append(tessera("probe", *words, env=gpu.env).stdout)
            report = gpu.report()
            self.assertEqual(report["misuse"], [])
            self.assertEqual({k: n for k, n in report["live"].items() if n}, {})
        self.calls = report["calls"]
        return next(d for d in json.loads(outputs[0])["devices"] if d["device"] == "cuda"), outputs[1]

    def test_codecs_sizes_engines_and_sessions(self):
        row, text = self.probe(nvenc_sessions=3, device="Test GPU")
        video = row["video"]
        self.assertTrue(video["gpu"].startswith("Test GPU, driver "))
        self.assertEqual((video["nvdec"]["usable"], video["nvdec"]["missing"]), (True, ""))
        can = {(c["codec"], c["depth"]): c for c in video["nvdec"]["codecs"]}
        self.assertEqual({k: c["usable"] for k, c in can.items()},
                         {("h264", 8): True, ("hevc", 8): True, ("hevc", 10): True, ("vp9", 8): False, ("av1", 8): False})
        self.assertEqual([can["h264", 8][k] for k in ("min_width", "min_height", "max_width", "max_height", "engines", "used")],
                         [48, 16, 4096, 4096, 1, True])
        self.assertEqual(can["av1", 8]["missing"], "not on this GPU")
        nvenc = video["nvenc"]
        self.assertTrue(nvenc["usable"])
        self.assertEqual([(c["codec"], c["depth"], c["usable"], c["max_width"]) for c in nvenc["codecs"]],
                         [("h264", 8, True, 4096), ("hevc", 8, True, 8192), ("hevc", 10, True, 8192)])
        self.assertEqual((nvenc["sessions"], nvenc["engines"], nvenc["api"], nvenc["headers"]), (3, 1, "11.1", "11.1"))
        self.assertIn("out of memory", nvenc["sessions_limit"])
        # The limit is from pictures that were encoded, one in each session.
        self.assertGreaterEqual(self.calls["NvEncLockBitstream"], 3 + 3)
        self.assertRegex(text, r"nvdec +yes")
        self.assertRegex(text, r"h264 +yes +8 bit, 48x16 to 4096x4096, 1 engine\n")
        self.assertRegex(text, r"av1 +no +8 bit, not on this GPU")
        self.assertRegex(text, r"nvenc +yes +1 engine, 3 sessions at a time, NVENC 11.1 in the driver, 11.1 in the headers")

    def test_newer_drivers_say_otherwise_that_sessions_are_used_up(self):
        row, _ = self.probe(nvenc_sessions=3, nvenc_full=21)
        self.assertEqual(row["video"]["nvenc"]["sessions"], 3)
        self.assertIn("incompatible client key", row["video"]["nvenc"]["sessions_limit"])
        row, _ = self.probe(nvenc_sessions=0, nvenc_full=21)
        self.assertRegex(row["video"]["nvenc"]["missing"], "error 21, incompatible client key: .* no session left")

    def test_one_session_is_enough_to_ask_and_many_are_not_all_opened(self):
        row, _ = self.probe(nvenc_sessions=1)
        self.assertEqual((row["video"]["nvenc"]["sessions"], row["video"]["nvenc"]["usable"]), (1, True))
        self.assertTrue(all(c["usable"] for c in row["video"]["nvenc"]["codecs"]))
        row, text = self.probe(nvenc_sessions=100)
        self.assertEqual((row["video"]["nvenc"]["sessions"], row["video"]["nvenc"]["sessions_limit"]), (16, ""))
        self.assertIn("at least 16 sessions", text)

    def test_without_an_engine(self):
        row, text = self.probe(has_nvenc=False)
        self.assertTrue(row["usable"])
        self.assertTrue(row["video"]["nvdec"]["usable"])
        self.assertFalse(row["video"]["nvenc"]["usable"])
        self.assertIn("this GPU has no NVENC", row["video"]["nvenc"]["missing"])
        self.assertRegex(text, "nvenc +no +this GPU has no NVENC .*encoded by software")
        row, text = self.probe(has_nvdec=False)
        self.assertFalse(row["video"]["nvdec"]["usable"])
        self.assertFalse(any(c["usable"] for c in row["video"]["nvdec"]["codecs"]))
        self.assertTrue(row["video"]["nvenc"]["usable"])
        self.assertRegex(text, "nvdec +no +.*decoded by software")

    def test_a_codec_that_opens_and_does_not_encode_is_not_there(self):
        row, _ = self.probe(faults=[{"call": "NvEncEncodePicture", "nth": 1, "code": 8}])
        first = row["video"]["nvenc"]["codecs"][0]
        self.assertFalse(first["usable"])
        self.assertIn("NvEncEncodePicture", first["missing"])

    def test_libraries_that_are_missing_are_told_one_by_one(self):
        names = {"nvdec": "libnvcuvid.so.1", "nvenc": "libnvidia-encode.so.1"}
        for engine, missing in names.items():
            libraries = self.dir / f"without {engine}"
            libraries.mkdir()
            for path in Path(LIBRARIES).glob("lib*.so.1"):
                if path.name != missing:
                    (libraries / path.name).symlink_to(path)
            row, text = self.probe(libraries=libraries)
            self.assertTrue(row["usable"])
            for other in names:
                self.assertEqual(row["video"][other]["usable"], other != engine)
            self.assertIn(missing, row["video"][engine]["missing"])
            self.assertIn(ADVICE, row["video"][engine]["missing"])
            self.assertRegex(text, f"{engine} +no +.*{missing}.*{ADVICE}")

    def test_an_older_interface_of_nvenc_is_told(self):
        row, _ = self.probe(nvenc_version=9 << 4 | 1)
        self.assertIn("interface 9.1, the headers 11.1", row["video"]["nvenc"]["missing"])
        self.assertIn("too old", row["video"]["nvenc"]["missing"])

    def test_a_driver_too_old_for_the_kernels_is_told_everywhere(self):
        """The fat binary is CUDA 13's, or that of whatever toolkit built it; a driver of the major version before."""
        row, text = self.probe()
        wanted, made_by = row["wanted_driver"], int(row["adapters"][0]["cuda"].split(".")[0])
        self.assertEqual(wanted, {11: "470.57.02", 12: "525", 13: "580"}[made_by])
        self.assertIn(f"wants        an NVIDIA driver from {wanted} on", text)
        said = f"the NVIDIA driver is too old: want {wanted} or later"
        old = {"driver_version": made_by * 1000 - 80}
        row, text = self.probe(**old)
        self.assertFalse(row["usable"])
        self.assertIn(said, row["missing"])
        self.assertIn(said, row["adapters"][0]["missing"])
        self.assertIn(said, text)
        clip = self.video("guest.mp4", size="96x64", seconds=1)
        path = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(72, 128), duration=0.2))
        want = tessera("hash", path, "--device", "cpu").stdout
        refused = {"faults": [{"call": "cuModuleLoadData", "nth": 1, "code": 222}]}
        for options in (old, refused):
            ran = tessera("hash", path, "--device", "cuda", env=Simulated(self.dir, **options).env, check=False)
            self.assertEqual(ran.returncode, 30, ran.stderr)
            self.assertIn(said, ran.stderr)
            ran = tessera("hash", path, "--device", "auto", env=Simulated(self.dir, **options).env)
            self.assertEqual(ran.stdout, want)
            self.assertIn(said, ran.stderr)


if __name__ == "__main__":
    unittest.main()
