"""The stock ffmpeg as a client of the simulated libnvcuvid.so.1 and libnvidia-encode.so.1: an independent program that
knows nothing of the simulator. Its software decoders and encoders, without the simulator, are the reference."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

LIBRARIES = os.environ["SIMGPU_LIB"]
FIXTURES = Path(os.environ.get("TESSERA_FIXTURES", Path(__file__).resolve().parents[4] / "shared" / "fixtures"))
FRAMES = 40
MODES = [{"mode": "eager"}, {"mode": "lazy"}, {"mode": "lazy", "seed": 3}, {"mode": "lazy", "memory": "reuse"}]
# Options that make each clip; all of testsrc2, so that pictures differ.
X264, X265 = ["-c:v", "libx264", "-preset", "veryfast"], ["-c:v", "libx265", "-preset", "ultrafast"]
QUIET = "log-level=none"
CLIPS = {
    "pyramid.mp4": X264 + ["-bf", "3", "-x264-params", "b-pyramid=normal:ref=4"],
    "cropped.mp4": X264 + ["-s", "638x358"],
    "slices.mp4": X264 + ["-x264-params", "slices=4:cabac=0:weightp=2"],
    "matrices.mp4": X264 + ["-x264-params", "cqm=jvt:direct=temporal:open-gop=1:keyint=12"],
    "order2.mp4": X264 + ["-profile:v", "baseline"],
    "refresh.mp4": X264 + ["-x264-params", "intra-refresh=1:bframes=0"],
    "interlaced.mp4": X264 + ["-x264-params", "tff=1:weightb=1"],
    "hevc8.mp4": X265 + ["-x265-params", QUIET],
    "hevc10.mp4": X265 + ["-pix_fmt", "yuv420p10le", "-x265-params", QUIET + ":bframes=4:b-pyramid=1"],
    "hevc_cropped.mp4": X265 + ["-s", "638x358", "-x265-params", QUIET + ":slices=3"],
}
H264 = [name for name in CLIPS if not name.startswith("hevc")]
HEVC = [name for name in CLIPS if name.startswith("hevc")]


def frames_of(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


class OnVideo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.media = Path(tempfile.mkdtemp(prefix="simgpu-video-"))
        cls.addClassCleanup(shutil.rmtree, cls.media, ignore_errors=True)
        for name, options in CLIPS.items():
            subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=30",
                            "-frames:v", str(FRAMES), "-pix_fmt", "yuv420p", *options, cls.media / name],
                           check=True, timeout=120)
        cls.reference = {}

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="simgpu-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.reports = 0

    def start(self, *args, simgpu=None):
        """A running ffmpeg, and where its report will be."""
        environment, report = dict(os.environ), None
        if simgpu is not None:
            self.reports += 1
            report = self.dir / f"report{self.reports}.json"
            environment |= {"LD_LIBRARY_PATH": LIBRARIES, "SIMGPU": json.dumps(dict(simgpu, report=str(report)))}
        command = ["ffmpeg", "-hide_banner", "-v", "error", "-nostdin", "-y", *map(str, args)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.addCleanup(process.kill)
        return process, report

    def finish(self, process, report):
        out, err = process.communicate(timeout=90)
        return out, err, process.returncode, json.loads(report.read_text()) if report else None

    def ffmpeg(self, *args, simgpu=None):
        return self.finish(*self.start(*args, simgpu=simgpu))

    def software(self, clip, pixel_format):
        key = (clip, pixel_format)
        if key not in self.reference:
            out, err, code, _ = self.ffmpeg("-i", clip, "-map", "0:v:0", "-pix_fmt", pixel_format, "-fps_mode", "passthrough",
                                            "-f", "framemd5", "-")
            self.assertEqual(code, 0, err)
            self.reference[key] = frames_of(out)
        return self.reference[key]

    def clean(self, report):
        self.assertEqual(report["misuse"], [])
        self.assertEqual(report["leaks"], [])

    def same_as_software(self, clip, pixel_format, *decoder, simgpu, filters=None):
        chain = ["-vf", filters] if filters else []
        out, err, code, report = self.ffmpeg(*decoder, "-i", clip, "-map", "0:v:0", *chain, "-pix_fmt", pixel_format,
                                             "-fps_mode", "passthrough", "-f", "framemd5", "-", simgpu=simgpu)
        self.assertEqual(code, 0, err)
        expected = self.software(clip, pixel_format)
        self.assertEqual(frames_of(out), expected)
        self.clean(report)
        self.assertEqual(report["surfaces_decoded"], len(expected))
        return report

    def psnr(self, clip, against):
        """The lowest of all frames' PSNR, and how many frames there were."""
        stats = self.dir / "psnr"
        out, err, code, _ = self.ffmpeg("-i", clip, "-i", against, "-lavfi", f"psnr=stats_file={stats}", "-f", "null", "-")
        self.assertEqual(code, 0, err)
        values = [float(value) for value in re.findall(r"psnr_avg:(\S+)", stats.read_text())]
        return min(values), len(values)

    def encode(self, output, *options, simgpu, source="pyramid.mp4", device=True, pixel_format="nv12"):
        chain = f"format={pixel_format}" + (",hwupload_cuda" if device else "")
        hardware = ["-init_hw_device", "cuda=gpu:0,primary_ctx=1", "-filter_hw_device", "gpu"] if device else []
        _, err, code, report = self.ffmpeg(*hardware, "-i", self.media / source, "-vf", chain, *options, self.dir / output,
                                           simgpu=simgpu)
        self.assertEqual(code, 0, err)
        self.clean(report)
        return report

    def packets(self, clip):
        out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags",
                              "-of", "csv=p=0", clip], capture_output=True, text=True, check=True, timeout=60).stdout
        return [line.split(",") for line in out.split()]

    # Decoding

    def test_cuvid_gives_the_frames_of_the_software_decoders(self):
        for clip in H264 + HEVC:
            pixel_format = "p010le" if "10" in clip else "nv12"
            decoder = "hevc_cuvid" if clip in HEVC else "h264_cuvid"
            for mode in MODES if clip in ("pyramid.mp4", "hevc10.mp4") else MODES[-1:]:
                with self.subTest(clip=clip, mode=mode):
                    self.same_as_software(self.media / clip, pixel_format, "-c:v", decoder, simgpu=mode)

    def test_hwaccel_gives_the_frames_of_the_software_decoder(self):
        hwaccel = ["-hwaccel", "cuda", "-hwaccel_output_format", "cuda"]
        for clip in H264:
            for mode in MODES if clip == "pyramid.mp4" else MODES[-1:]:
                with self.subTest(clip=clip, mode=mode):
                    report = self.same_as_software(self.media / clip, "nv12", *hwaccel, simgpu=mode,
                                                   filters="hwdownload,format=nv12")
                    self.assertEqual(report["bytes"]["dtod"], 0)
                    self.assertNotIn("cuvidParseVideoData", report["calls"])

    def test_recordings_give_the_frames_of_the_software_decoders(self):
        names = {"h264": ["-hwaccel", "cuda", "-hwaccel_output_format", "cuda"], "hevc": ["-c:v", "hevc_cuvid"]}
        for clip in sorted(FIXTURES.rglob("*.mp4"))[:60] if FIXTURES.is_dir() else []:
            probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                                    "stream=codec_name,pix_fmt", "-of", "csv=p=0", clip], capture_output=True, text=True,
                                   timeout=60).stdout.strip().split("\n")[0]
            codec, _, pixels = probe.partition(",")
            if codec not in names or pixels not in ("yuv420p", "yuv420p10le") or (codec == "h264" and pixels != "yuv420p"):
                continue
            pixel_format = "p010le" if "10" in pixels else "nv12"
            download = f"hwdownload,format={pixel_format}" if codec == "h264" else None
            with self.subTest(clip=clip.name):
                self.same_as_software(clip, pixel_format, *names[codec], simgpu={"mode": "lazy"}, filters=download)

    def test_seeking_and_looping_keep_frames_and_times(self):
        for codec, clip in [("h264_cuvid", "matrices.mp4"), ("hevc_cuvid", "hevc8.mp4")]:
            for where in (["-ss", "0.7"], ["-stream_loop", "1"]):
                with self.subTest(clip=clip, where=where):
                    common = ["-i", self.media / clip, "-pix_fmt", "nv12", "-fps_mode", "passthrough", "-f", "framemd5", "-"]
                    expected = frames_of(self.ffmpeg(*where, *common)[0])
                    out, err, code, report = self.ffmpeg(*where, "-c:v", codec, *common, simgpu={"mode": "lazy"})
                    self.assertEqual((code, frames_of(out)), (0, expected), err)
                    self.clean(report)

    def test_a_damaged_stream_ends(self):
        stream = bytearray((self.media / "pyramid.mp4").read_bytes())
        for at in range(9000, len(stream) - 9000, 2500):
            stream[at] ^= 0x55
        (self.dir / "damaged.mp4").write_bytes(stream)
        for decoder in (["-c:v", "h264_cuvid"], ["-hwaccel", "cuda"]):
            with self.subTest(decoder=decoder):
                _, _, _, report = self.ffmpeg(*decoder, "-i", self.dir / "damaged.mp4", "-f", "null", "-",
                                              simgpu={"mode": "lazy"})
                self.assertEqual(report["leaks"], [])

    # Encoding

    def test_encoded_pictures_are_the_pictures(self):
        for codec in ("h264_nvenc", "hevc_nvenc"):
            for options in (["-bf", "0"], ["-bf", "2", "-b_ref_mode", "middle"], ["-rc", "constqp", "-qp", "20"],
                            ["-rc", "vbr", "-cq", "20", "-b:v", "0"], ["-rc", "cbr", "-b:v", "6M"],
                            ["-b:v", "6M", "-rc-lookahead", "10", "-spatial-aq", "1"]):
                with self.subTest(codec=codec, options=options):
                    report = self.encode("out.mp4", "-c:v", codec, "-b:v", "8M", *options, simgpu={"mode": "lazy"})
                    self.assertEqual(report["encodes"], FRAMES)
                    lowest, count = self.psnr(self.dir / "out.mp4", self.media / "pyramid.mp4")
                    self.assertEqual(count, FRAMES)
                    self.assertGreater(lowest, 36)

    def test_ten_bits_stay_ten_bits(self):
        self.encode("out.mp4", "-c:v", "hevc_nvenc", "-b:v", "8M", "-bf", "2", simgpu={"mode": "lazy"}, source="hevc10.mp4",
                    pixel_format="p010le")
        probe = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=pix_fmt", "-of", "csv=p=0",
                                self.dir / "out.mp4"], capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertEqual(probe.strip(), "yuv420p10le")
        self.assertGreater(self.psnr(self.dir / "out.mp4", self.media / "hevc10.mp4")[0], 36)

    def test_every_input_and_every_mode_gives_the_same_bytes(self):
        for codec in ("h264_nvenc", "hevc_nvenc"):
            options = ["-c:v", codec, "-b:v", "4M", "-bf", "2", "-g", "15"]
            self.encode("first.mp4", *options, simgpu={"mode": "eager"})
            first = (self.dir / "first.mp4").read_bytes()
            for mode in (MODES[0], MODES[-1]):
                for device, pixel_format in [(True, "nv12"), (False, "nv12"), (True, "yuv420p"), (False, "yuv420p")]:
                    with self.subTest(codec=codec, mode=mode, device=device, pixel_format=pixel_format):
                        self.encode("other.mp4", *options, simgpu=mode, device=device, pixel_format=pixel_format)
                        self.assertEqual((self.dir / "other.mp4").read_bytes(), first)

    def test_two_at_the_same_time_give_the_same_bytes(self):
        runs = [self.start("-i", self.media / "pyramid.mp4", "-vf", "format=nv12", "-c:v", codec, "-bf", "2",
                           self.dir / f"{codec}{i}.mp4", simgpu={"mode": "eager"})
                for codec in ("h264_nvenc", "hevc_nvenc") for i in range(2)]
        for run in runs:
            _, err, code, report = self.finish(*run)
            self.assertEqual(code, 0, err)
            self.clean(report)
        for codec in ("h264_nvenc", "hevc_nvenc"):
            self.assertEqual((self.dir / f"{codec}0.mp4").read_bytes(), (self.dir / f"{codec}1.mp4").read_bytes())

    def test_key_frames_are_where_they_were_asked_for(self):
        for codec in ("h264_nvenc", "hevc_nvenc"):
            for b_frames in ("0", "2"):
                with self.subTest(codec=codec, b_frames=b_frames):
                    self.encode("keys.mp4", "-c:v", codec, "-bf", b_frames, "-g", "999", "-forced-idr", "1",
                                "-force_key_frames", "0.5,0.7,1", simgpu={"mode": "lazy"})
                    keys = [float(time) for time, flags in self.packets(self.dir / "keys.mp4") if "K" in flags]
                    self.assertEqual(keys, [0, 0.5, 0.7, 1])
                    self.encode("gop.mp4", "-c:v", codec, "-bf", b_frames, "-g", "10", simgpu={"mode": "lazy"})
                    keys = [float(time) for time, flags in self.packets(self.dir / "gop.mp4") if "K" in flags]
                    self.assertEqual(len(keys), FRAMES // 10)

    def test_parameter_sets_are_where_they_belong(self):
        for codec, suffix, kind in [("h264_nvenc", "h264", 7), ("hevc_nvenc", "hevc", 33)]:
            self.encode(f"in_band.{suffix}", "-c:v", codec, "-g", "10", simgpu={"mode": "eager"})
            stream = (self.dir / f"in_band.{suffix}").read_bytes()
            units = [stream[m.end()] for m in re.finditer(b"\0\0\1", stream)]
            kinds = [unit & 0x1f if suffix == "h264" else unit >> 1 & 0x3f for unit in units]
            self.assertEqual(kinds.count(kind), FRAMES // 10)
            self.assertNotIn(6 if suffix == "h264" else 39, kinds)  # no SEI, which would name the encoder

    def test_past_the_session_limit_the_driver_says_so(self):
        outputs = [part for i in range(2) for part in ("-map", "0:v", "-c:v", "h264_nvenc", self.dir / f"{i}.mp4")]
        _, err, code, report = self.ffmpeg("-i", self.media / "pyramid.mp4", *outputs, simgpu={"nvenc_sessions": 1})
        self.assertNotEqual(code, 0)
        self.assertIn("OpenEncodeSessionEx failed: out of memory (10)", err)
        self.assertEqual(report["leaks"], [])

    def test_a_device_without_video_engines_says_so(self):
        _, err, code, _ = self.ffmpeg("-i", self.media / "pyramid.mp4", "-c:v", "h264_nvenc", self.dir / "a.mp4",
                                      simgpu={"has_nvenc": False})
        self.assertNotEqual(code, 0)
        self.assertIn("unsupported device", err)
        _, err, code, _ = self.ffmpeg("-c:v", "h264_cuvid", "-i", self.media / "pyramid.mp4", "-f", "null", "-",
                                      simgpu={"has_nvdec": False})
        self.assertNotEqual(code, 0, err)

    # Both

    def test_no_pixel_leaves_the_device(self):
        cuda = ["-hwaccel", "cuda", "-hwaccel_output_format", "cuda"]
        for decoder, clip, encoder, copies in [
                (["-c:v", "h264_cuvid"], "pyramid.mp4", ["-c:v", "h264_nvenc"], True),
                (["-extra_hw_frames", "12"], "pyramid.mp4", ["-c:v", "h264_nvenc", "-bf", "2"], False),
                (["-c:v", "hevc_cuvid"], "hevc10.mp4", ["-c:v", "hevc_nvenc", "-bf", "2"], True)]:
            for mode in MODES if copies else MODES[-1:]:
                with self.subTest(clip=clip, decoder=decoder, mode=mode):
                    _, err, code, report = self.ffmpeg(*cuda, *decoder, "-i", self.media / clip, *encoder, "-b:v", "8M",
                                                       self.dir / "out.mp4", simgpu=mode)
                    self.assertEqual(code, 0, err)
                    self.clean(report)
                    moved = report["bytes"]
                    self.assertEqual((moved["htod"], moved["dtoh"]), (0, 0))
                    self.assertEqual(moved["dtod"] > 0, copies)
                    self.assertEqual((report["surfaces_decoded"], report["encodes"]), (FRAMES, FRAMES))
                    self.assertGreater(self.psnr(self.dir / "out.mp4", self.media / clip)[0], 36)

    def test_four_renditions_in_one_process(self):
        outputs = [part for i in range(4) for part in ("-map", "0:v", "-c:v", "h264_nvenc", "-bf", "0", self.dir / f"{i}.mp4")]
        _, err, code, report = self.ffmpeg("-hwaccel", "cuda", "-hwaccel_output_format", "cuda", "-extra_hw_frames", "16",
                                           "-i", self.media / "pyramid.mp4", *outputs, simgpu={"mode": "lazy"})
        self.assertEqual(code, 0, err)
        self.clean(report)
        self.assertEqual((report["surfaces_decoded"], report["encodes"]), (FRAMES, 4 * FRAMES))
        self.assertEqual(set(report["bytes"].values()), {0})
        self.assertEqual(len({(self.dir / f"{i}.mp4").read_bytes() for i in range(4)}), 1)


if __name__ == "__main__":
    unittest.main()
