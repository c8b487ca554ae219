"""Peak memory of the four-guest 1080x1920 four-rendition job, and that it does not grow with the show."""
import json
import unittest

from support import Case, job_of, tessera

LADDER = [{"name": n, "width": w, "height": h, "bitrate": b} for n, w, h, b in
          (("1080p", 1080, 1920, 4500000), ("720p", 720, 1280, 2200000), ("540p", 540, 960, 1300000), ("360p", 360, 640, 650000))]
MB = 1e6


class Memory(Case):
    def peak(self, seconds, fps, jobs=1, preset="veryfast", packaging=None):
        """Peak memory, in MB, of a show of so many seconds; its guests' clips are as long."""
        guests = {}
        for g, rate in (("a", "30"), ("b", "25"), ("c", "30000/1001"), ("d", "24")):
            clip = self.video(f"{g}-12.mp4", size="1280x720", rate=rate, seconds=12)
            guests[g] = [{"uri": str(clip), "at": at, "out": min(12, seconds - at)} for at in range(0, seconds, 12)]
        ladder = [dict(r, preset=preset) for r in LADDER]
        job = job_of(guests, canvas=(1080, 1920), fps=fps, ladder=ladder, duration=seconds,
                     packaging=packaging or {"segment": 4, "gop": 2, "chunk_segments": 8})
        name = f"m{seconds}-{jobs}-{preset}-{fps}"
        path = self.write_job(job, name=f"{name}.json")
        tessera("render", path, "--out", self.dir / name, "--stats", self.dir / "stats.json", "--jobs", jobs)
        return json.loads((self.dir / "stats.json").read_text())["peak_memory_bytes"] / MB

    def test_one_chunk_and_two(self):
        packaging = {"segment": 2, "gop": 2, "chunk_segments": 1}
        one = self.peak(6, "30", packaging=packaging)
        two = self.peak(6, "30", jobs=2, packaging=packaging)
        self.figure(f"one chunk in flight {one:.0f} MB, two {two:.0f} MB")
        self.assertLess(one, 450)
        self.assertLess(two - one, 320)

    def test_flat_with_length(self):
        # A low frame rate keeps the ten-fold show short to encode; what is held in memory does not depend on it.
        short, long = (self.peak(s, "6", preset="ultrafast") for s in (12, 120))
        self.figure(f"12 s {short:.0f} MB, 120 s {long:.0f} MB: {100 * (long / short - 1):+.1f} %")
        self.assertLess(abs(long / short - 1), 0.10)


if __name__ == "__main__":
    unittest.main()
