"""Hopeless input: the right exit code within two seconds, one clear line, nothing that looks finished."""
import struct
import time
import unittest
import zlib

from support import Case, TESSERA, job_of, run, tessera


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = zlib.compress(b"\0" * 1000)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", rows) + chunk(b"IEND", b""))


class BadInput(Case):
    def check_take(self, name, content, code, word, mode=None):
        path = self.dir / name
        if content is not None:
            path.write_bytes(content)
        if mode is not None:
            path.chmod(mode)
        job = self.write_job(job_of({"a": [{"uri": name, "at": 0}]}, duration=2))
        began = time.monotonic()
        result = run(TESSERA, "render", job, "--out", self.dir / "out", check=False)
        took = time.monotonic() - began
        lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertIn(word, lines[0])
        self.assertIn(name, lines[0])
        self.assertLess(took, 2, "slow")
        self.assertFalse((self.dir / "out" / "job.json").exists())
        self.figure(f"exit {result.returncode} in {took:.2f} s: {lines[0]}")

    def test_missing(self):
        self.check_take("nowhere.mp4", None, 10, "No such file")

    def test_folder(self):
        (self.dir / "folder.mp4").mkdir()
        self.check_take("folder.mp4", None, 10, "not a file")

    def test_text_as_video(self):
        self.check_take("text.mp4", b"this is no film\n" * 200, 10, "no media file")

    def test_empty(self):
        self.check_take("empty.mp4", b"", 10, "0 bytes")

    def test_huge_picture(self):
        self.check_take("huge.png", png_header(30000, 30000), 11, "30000x30000")

    def test_hdr(self):
        """Pictures that can't be shown yet are refused before anything is rendered."""
        clip = self.video("hdr.mp4", seconds=1, audio=False, options=[
            "-c:v", "libx264", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"])
        self.check_take(clip.name, None, 10, "HDR (PQ)")

    def test_unreadable(self):
        import os
        if os.geteuid() == 0:
            # root may read anything, so the program is run as nobody
            path = self.dir / "secret.mp4"
            path.write_bytes(b"x")
            path.chmod(0)
            self.dir.chmod(0o755)
            job = self.write_job(job_of({"a": [{"uri": "secret.mp4", "at": 0}]}, duration=2))
            result = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "TESSERA_CACHE_DIR=",
                         TESSERA, "render", job, "--out", "/tmp/tessera-e2e-never", check=False)
            self.assertEqual(result.returncode, 10, result.stderr)
            self.assertIn("secret.mp4", result.stderr)
            self.assertIn("ermission", result.stderr)
        else:
            self.check_take("secret.mp4", b"x", 10, "ermission", mode=0)

    def test_huge_avatar_and_overlay(self):
        """A picture that can't be used is left out and told; under --strict it is an error."""
        (self.dir / "huge.png").write_bytes(png_header(30000, 30000))
        clip = self.video("a.mp4", seconds=1)
        job = job_of({"a": [{"uri": str(clip), "at": 0}]}, assets={"logo": {"uri": "huge.png"}},
                     overlays=[{"asset": "logo", "rect": {"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.1}}])
        path = self.write_job(job)
        result = tessera("render", path, "--out", self.dir / "out", "--strict", check=False)
        self.assertIn(result.returncode, (10, 11), result.stderr)
        self.assertIn("30000x30000", result.stderr)

    def test_job_errors_are_all_reported(self):
        job = job_of({"a": [{"uri": "x.mp4", "at": 0}]}, fps="29.97x", surprise=1)
        job["guests"].append(dict(job["guests"][0]))
        result = tessera("validate", self.write_job(job), check=False)
        self.assertEqual(result.returncode, 10)
        for word in ("/programmes/0/canvas/fps", "29.97x", "surprise", "/guests/1/id"):
            self.assertIn(word, result.stderr + result.stdout)

    def test_usage(self):
        for args in ((), ("rendr",), ("render",), ("render", "job.json", "--jobs", "0")):
            self.assertEqual(tessera(*args, check=False).returncode, 2, args)


if __name__ == "__main__":
    unittest.main()
