"""The composed picture before encoding, against an ffmpeg filter graph that lays out the same grid."""
import unittest

from support import Case, FIXTURES, custom, job_of, needs_fixtures, psnr, tessera

W, H = 1080, 1080
TILES = {"a": (0, 0), "b": (540, 0), "c": (0, 540), "d": (540, 540)}
# Square tiles: what "cover" cuts off is then a whole even number of source pixels at both sides, which is what ffmpeg's
# crop can do. Elsewhere its graph, not ours, is off by part of a pixel.
COVER, FILL = "crop='min(iw,ih)':'min(iw,ih)',", ""


def grid(scaler, frames, fits, lead, shift=0):
    scale = f"scale=540:540:flags={scaler}+accurate_rnd+full_chroma_int,setsar=1,fps=30:round=up:start_time=0,trim=end_frame={frames}"
    chains = [f"[{i + 1}:v]setpts=PTS-STARTPTS+{lead.get(i, 0)}/TB,{COVER if fits[i] == 'cover' else FILL}{scale}[{g}]" for i, g in enumerate(TILES)]
    places = "|".join(f"{x + (shift if g == 'b' else 0)}_{y}" for g, (x, y) in TILES.items())
    return ";".join(chains) + f";[a][b][c][d]xstack=inputs=4:layout={places}:fill=black[x];[x]crop={W}:{H}:0:0[ref]"


class AgainstFfmpeg(Case):
    def compare(self, files, seconds, fits=("cover",) * 4, lead={}):
        job = job_of({g: [{"uri": str(f), "at": 0}] for g, f in zip(TILES, files)}, canvas=(W, H), duration=seconds)
        rects = {g: (x / W, y / H, 0.5, 0.5, fit) for (g, (x, y)), fit in zip(TILES.items(), fits)}
        path = self.write_job(job, [custom(rects)])
        inputs = [arg for f in files for arg in ("-i", str(f))]
        frames = seconds * 30
        # ffmpeg's bicubic has C = 0.6 where ours has 0.5 (5.1's scale filter cuts param1 to a whole number).
        for own, theirs in (("bicubic", "bicubic"), ("lanczos", "bicubic"), ("lanczos", "lanczos")):
            tessera("raw", path, "--rendition", "main/top", "--scaler", own, "--out", self.dir / "own.y4m")
            n, mean, worst = psnr(inputs, self.dir / "own.y4m", W, H, 30, grid(theirs, frames, fits, lead))
            self.figure(f"{own}, ffmpeg {theirs}: mean {mean['psnr_avg']:.2f} dB (Y {mean['psnr_y']:.2f}, U {mean['psnr_u']:.2f}, "
                        f"V {mean['psnr_v']:.2f}), worst frame {worst:.2f}, {n} frames")
            self.assertEqual(n, frames)
            if own == theirs:
                self.assertGreaterEqual(worst, 45)
        _, shifted, _ = psnr(inputs, self.dir / "own.y4m", W, H, 30, grid("lanczos", frames, fits, lead, shift=1))
        self.figure(f"with one tile a pixel off in the reference: {shifted['psnr_avg']:.2f} dB")
        return shifted["psnr_avg"]

    def test_made_clips(self):
        files = [self.video(f"{g}.mp4", size=s, rate=r, seconds=2)
                 for g, s, r in (("a", "1280x720", "30"), ("b", "1280x720", "25"), ("c", "640x480", "24"), ("d", "720x1280", "30"))]
        self.assertLess(self.compare(files, 2), 45, "the test would not see a tile that is off by a pixel")

    @needs_fixtures
    def test_real_clips(self):
        media = FIXTURES / "media"
        # The first four seconds of the TS are 720p: ffmpeg's graph can't follow its change of size.
        names = ("guest_city_25fps.mp4", "guest_street_vfr_hevc.mp4", "guest_resolution_change.ts", "host_rotated.mp4")
        # Its sound leads by 21 ms, and take time 0 is where the first of its streams begins.
        self.compare([media / name for name in names], 3, ("cover", "cover", "cover", "fill"), lead={2: 0.021333})


if __name__ == "__main__":
    unittest.main()
