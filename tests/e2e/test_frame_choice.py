"""Which source frame each show frame takes."""
import collections
import json
import unittest

from support import Case, custom, job_of, run, tessera


class FrameChoice(Case):
    def hashes(self, clip, fps, frames):
        job = job_of({"a": [{"uri": str(clip), "at": 0}]}, fps=fps, duration=round(frames / eval(fps) + 0.0005, 3))
        path = self.write_job(job, [custom({"a": (0, 0, 1, 1)})])
        lines = tessera("hash", path).stdout.splitlines()
        return [line.split()[2] for line in lines][:frames]

    def test_millisecond_timestamps_repeat_no_frame(self):
        clip = self.video("ntsc.webm", size="320x240", rate="30000/1001", seconds=4, audio=False,
                          options=["-c:v", "libvpx", "-b:v", "1M", "-deadline", "realtime"])
        times = run("ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", clip).stdout.split()
        self.assertIn("0.033", times[1])  # really milliseconds
        got = self.hashes(clip, "30000/1001", 100)
        repeats = sum(a == b for a, b in zip(got, got[1:]))
        self.figure(f"{repeats} repeats in {len(got)} frames")
        self.assertEqual(repeats, 0)

    def test_24_in_30_repeats_every_fourth(self):
        clip = self.video("film.mp4", size="320x240", rate="24", seconds=4, audio=False)
        got = self.hashes(clip, "30", 120)
        runs = [len(list(group)) for group in self.grouped(got)]
        self.figure(f"runs of equal frames: {collections.Counter(runs)}")
        # Five show frames for four of the film: each fourth film frame is shown twice.
        self.assertEqual(len(runs), 96)
        doubled = [i for i, n in enumerate(runs) if n == 2]
        self.assertEqual(runs.count(2), 24)
        self.assertEqual({b - a for a, b in zip(doubled, doubled[1:])}, {4})

    @staticmethod
    def grouped(values):
        import itertools
        return [list(g) for _, g in itertools.groupby(values)]

    def test_explain_says_which_frame(self):
        clip = self.video("film.mp4", size="320x240", rate="24", seconds=4, audio=False)
        path = self.write_job(job_of({"a": [{"uri": str(clip), "at": 1}]}, duration=4))
        layers = json.loads(tessera("explain", path, "--at", 2.5, "--json").stdout)["layers"]
        self.assertEqual(layers[0]["guest"], "a")
        self.assertAlmostEqual(layers[0]["take_time"], 1.5, places=3)
        self.assertEqual(layers[0]["frame"], 36)


if __name__ == "__main__":
    unittest.main()
