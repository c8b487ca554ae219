"""Chunk seams: quality as in a continuous encode by stock ffmpeg, and a leaky bucket that never overflows."""
import shutil
import tempfile
import unittest
from pathlib import Path

from support import Case, FIXTURES, Published, custom, ffmpeg, job_of, needs_fixtures, packets, run, tessera

FPS = 30


def packet_sizes(path):
    text = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=dts_time,size",
               "-of", "csv=p=0", path).stdout
    return [(float(t), int(s) * 8) for t, s in (line.strip(",").split(",")[:2] for line in text.split())]


def worst_occupancy(rows, rate, size):
    """The decoder buffer's lowest level in bits, were it full at the start: below 0 it has run dry."""
    level, last, worst = size, rows[0][0], size
    for time, bits in rows:
        level = min(size, level + rate * (time - last)) - bits
        last, worst = time, min(worst, level)
    return worst


def ssim_by_frame(distorted, reference, log):
    run("ffmpeg", "-v", "error", "-nostdin", "-i", distorted, "-i", reference, "-lavfi",
        f"[0:v]settb=AVTB,setpts=N[a];[1:v]settb=AVTB,setpts=N[b];[a][b]ssim=stats_file={log}", "-f", "null", "-")
    return [float(line.split("All:")[1].split()[0]) for line in open(log)]


class Seams(Case):
    def check(self, clip, seconds, rate, options, ffmpeg_rate):
        """rate: maxrate and bufsize in the job's words; options: the rendition's rate fields."""
        chunk = 4
        job = job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(540, 960), duration=seconds,
                     ladder=[dict(name="top", width=540, height=960, maxrate=rate[0], bufsize=rate[1], **options)],
                     packaging={"segment": 2, "gop": 2, "chunk_segments": chunk // 2})
        path = self.write_job(job, [custom({"a": (0, 0, 1, 1)})])
        tessera("render", path, "--out", self.dir / "out")
        tessera("raw", path, "--rendition", "main/top", "--out", self.dir / "raw.y4m")
        published = Published(self.dir / "out")
        playlist = next(p for n, p in published.tracks().items() if n.startswith("video"))
        chunked = published.joined(playlist, self.dir / "chunked.mp4")
        continuous = self.dir / "continuous.mp4"
        ffmpeg("-i", self.dir / "raw.y4m", "-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-bf", "2", "-g", 2 * FPS,
               "-keyint_min", 2 * FPS, "-sc_threshold", "0", *ffmpeg_rate, "-maxrate", rate[0], "-bufsize", rate[1], continuous)
        ours = ssim_by_frame(chunked, self.dir / "raw.y4m", self.dir / "a.log")
        theirs = ssim_by_frame(continuous, self.dir / "raw.y4m", self.dir / "b.log")
        seams = range(chunk * FPS, seconds * FPS - FPS + 1, chunk * FPS)
        after = [n for seam in seams for n in range(seam, seam + FPS)]
        mean_ours, mean_theirs = (sum(s[n] for n in after) / len(after) for s in (ours, theirs))
        rows = packet_sizes(chunked)
        low = worst_occupancy(rows, *rate)
        self.figure(f"SSIM after {len(list(seams))} seams: chunked {mean_ours:.4f}, continuous {mean_theirs:.4f}, difference "
                    f"{mean_ours - mean_theirs:+.4f}; lowest buffer {low / rate[1]:.1%} (continuous "
                    f"{worst_occupancy(packet_sizes(continuous), *rate) / rate[1]:.1%}); bits chunked/continuous "
                    f"{sum(b for _, b in rows) / sum(b for _, b in packet_sizes(continuous)):.3f}")
        self.assertGreaterEqual(low, 0, "maxrate and bufsize do not hold")
        self.assertLessEqual(abs(mean_ours - mean_theirs), 0.005)

    @classmethod
    def setUpClass(cls):
        cls.made_dir = Path(tempfile.mkdtemp(prefix="tessera-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.made_dir, ignore_errors=True)

    def made(self, noise=8):
        """Motion, hard cuts and noise: made once for all tests that want the same."""
        return self.video(self.made_dir / f"hard{noise}.mp4", seconds=16, source=(
            "testsrc2=s=720x1280:r=30[a];mandelbrot=s=720x1280:r=30[b];[a][b]overlay=enable='lt(mod(t,3.1),1.6)',"
            f"noise=alls={noise}:allf=t+u"), options=["-c:v", "libx264", "-preset", "ultrafast", "-crf", "14"])

    def test_bitrate(self):
        self.check(self.made(), 16, (1500000, 1500000), {"bitrate": 1000000}, ["-b:v", "1000000"])

    def test_bitrate_on_heavy_noise(self):
        """What no encoder can show well at this rate: the bucket decides every picture."""
        self.check(self.made(noise=22), 16, (1500000, 1500000), {"bitrate": 1000000}, ["-b:v", "1000000"])

    def test_bitrate_on_an_easy_show(self):
        """More bits than the pictures can use: quality decides."""
        self.check(self.made(noise=0), 16, (9000000, 9000000), {"bitrate": 6000000}, ["-b:v", "6000000"])

    def test_quality(self):
        self.check(self.made(), 16, (1500000, 1500000), {"quality": 27}, ["-crf", "27"])

    @needs_fixtures
    def test_real_clip(self):
        self.check(FIXTURES / "media" / "guest_city_25fps.mp4", 12, (1500000, 1500000), {"bitrate": 1000000}, ["-b:v", "1000000"])


if __name__ == "__main__":
    unittest.main()
