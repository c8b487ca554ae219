"""The composed picture before encoding, against an ffmpeg filter graph that lays out the same grid."""
import unittest

from support import Case, FIXTURES, custom, job_of, needs_fixtures, psnr, tessera

W, H = 1080, 1920
TILES = {"a": (0, 0), "b": (540, 0), "c": (0, 960), "d": (540, 960)}
RECTS = {g: (x / W, y / H, 0.5, 0.5) for g, (x, y) in TILES.items()}
# Cover: scaled until it fills the tile, then cropped in the middle.
COVER = "scale=540:960:force_original_aspect_ratio=increase:flags={flags}+accurate_rnd+full_chroma_int,crop=540:960,setsar=1,fps=30:round=up"


def grid(flags, frames, shift=0):
    chains = [f"[{i + 1}:v]{COVER.format(flags=flags)},trim=end_frame={frames}[{g}]" for i, g in enumerate(TILES)]
    places = "|".join(f"{x + (shift if g == 'b' else 0)}_{y}" for g, (x, y) in TILES.items())
    return ";".join(chains) + f";[a][b][c][d]xstack=inputs=4:layout={places}:fill=black[x];[x]crop={W}:{H}:0:0[ref]"


class AgainstFfmpeg(Case):
    def compare(self, files, seconds):
        job = job_of({g: [{"uri": str(f), "at": 0}] for g, f in zip(TILES, files)}, canvas=(W, H), duration=seconds)
        path = self.write_job(job, [custom(RECTS)])
        tessera("raw", path, "--rendition", "main/top", "--out", self.dir / "own.y4m")
        inputs = [arg for f in files for arg in ("-i", str(f))]
        frames = seconds * 30
        for flags in ("lanczos", "bicubic"):
            n, mean, worst = psnr(inputs, self.dir / "own.y4m", W, H, 30, grid(flags, frames))
            self.figure(f"{flags}: mean {mean['psnr_avg']:.2f} dB (Y {mean['psnr_y']:.2f}, U {mean['psnr_u']:.2f}, "
                        f"V {mean['psnr_v']:.2f}), worst frame {worst:.2f}, {n} frames")
            self.assertEqual(n, frames)
            if flags == "lanczos":
                self.assertGreaterEqual(worst, 45)
        _, shifted, _ = psnr(inputs, self.dir / "own.y4m", W, H, 30, grid("lanczos", frames, shift=1))
        self.figure(f"with one tile a pixel off in the reference: {shifted['psnr_avg']:.2f} dB")
        return shifted["psnr_avg"]

    def test_made_clips(self):
        files = [self.video(f"{g}.mp4", size=s, rate=r, seconds=2)
                 for g, s, r in (("a", "1280x720", "30"), ("b", "1280x720", "25"), ("c", "640x480", "24"), ("d", "720x1280", "30"))]
        self.assertLess(self.compare(files, 2), 45, "the test would not see a tile that is off by a pixel")

    @needs_fixtures
    def test_real_clips(self):
        media = FIXTURES / "media"
        city, street = media / "guest_city_25fps.mp4", media / "guest_street_vfr_hevc.mp4"
        ts = media / "guest_resolution_change.ts"
        # The first four seconds of the TS are 720p: ffmpeg's graph can't follow its change of size.
        self.compare([city, street, ts, media / "guest_city_take2_vp9.webm"], 3)


if __name__ == "__main__":
    unittest.main()
