"""The commands that write pictures for people: `frame` and `sheet`."""
import os
import stat
import subprocess
import threading
import unittest

from support import TESSERA, Case, job_of, run, tessera

CANVAS = (270, 480)  # what a sheet shows at its own size
MARGIN, GAP, COLUMNS = 8, 8, 6


def rgb(data, crop=None):
    """The samples of a PNG, or of a rectangle (x, y, w, h) of it."""
    chain = ["-vf", "crop={2}:{3}:{0}:{1}:exact=1".format(*crop)] if crop else []
    command = ["ffmpeg", "-v", "error", "-f", "png_pipe", "-i", "-", *chain, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


class Look(Case):
    def setUp(self):
        super().setUp()
        clips = {g: [{"uri": str(self.video(f"{g}.mp4", size="270x480")), "at": 0}] for g in "ab"}
        events = [{"t": t, "type": "layout.set", "layout": layout, "transition": 0}
                  for t, layout in ((1, "pip"), (2, "split"))]
        self.job = self.write_job(job_of(clips, canvas=CANVAS, duration=3), events)

    def bytes_of(self, *args):
        return subprocess.run([TESSERA, *map(str, args)], capture_output=True, check=True, timeout=60).stdout

    def test_a_sheet_shows_the_frames_of_its_labels(self):
        out = self.dir / "sheet.png"
        self.assertEqual(tessera("sheet", self.job, "--out", out).stdout.strip(), f"{out}: 3 pictures")
        sheet = out.read_bytes()
        self.assertEqual(sheet, self.bytes_of("sheet", self.job, "--out", "-"))
        w, h = CANVAS
        inside = 4  # the chroma of a picture's edge is interpolated with the background's
        for i, at in enumerate((0, 1, 2)):
            frame = self.bytes_of("frame", self.job, "--at", at, "--out", "-")
            x = MARGIN + i % COLUMNS * (w + GAP) + inside
            size = (w - 2 * inside, h - 2 * inside)
            self.assertEqual(rgb(sheet, (x, MARGIN + inside, *size)), rgb(frame, (inside, inside, *size)), f"at {at} s")
            letters = rgb(sheet, (x, MARGIN + h, w - 2 * inside, 2 * (w // 14)))
            self.assertGreater(max(letters), 200, "a label is bright")
            self.assertLess(sum(letters) / len(letters), 80, "on dark ground")

    def test_a_frame_is_whole_or_not_there(self):
        out = self.dir / "frame.png"
        self.assertEqual(tessera("frame", self.job, "--at", 1.5, "--out", out).stdout.strip(), str(out))
        first = out.read_bytes()
        self.assertEqual(len(rgb(first)), 3 * CANVAS[0] * CANVAS[1])
        late = tessera("frame", self.job, "--at", 99, "--out", out, check=False)
        self.assertEqual(late.returncode, 2, late.stderr)
        self.assertEqual(out.read_bytes(), first, "the old picture stays")
        nowhere = tessera("frame", self.job, "--at", 1, "--out", self.dir / "missing" / "a.png", check=False)
        self.assertNotEqual(nowhere.returncode, 0)
        self.assertIn("can't be written", nowhere.stderr)
        self.assertEqual(list(self.dir.glob("*.part*")), [])

    def test_a_pipe_is_written_and_not_replaced(self):
        pipe = self.dir / "pipe"
        os.mkfifo(pipe)
        got = []
        reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
        reader.start()
        tessera("frame", self.job, "--at", 1.5, "--out", pipe)
        reader.join(10)
        self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode))
        self.assertEqual(got[0], self.bytes_of("frame", self.job, "--at", 1.5, "--out", "-"))


if __name__ == "__main__":
    unittest.main()
