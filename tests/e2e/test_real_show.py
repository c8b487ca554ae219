"""The main job: several real recordings, rendered end to end, judged by ffprobe and by stock ffmpeg's own filters."""
import unittest
from fractions import Fraction

from support import Case, FIXTURES, Published, custom, frame_count, job_of, needs_fixtures, packets, psnr, tessera

LADDER = [{"name": "720p", "width": 720, "height": 1280, "bitrate": 2000000},
          {"name": "360p", "width": 360, "height": 640, "bitrate": 600000}]


class Timing:
    """What every published rendition must keep."""

    def check_tracks(self, out, fps, frames, programme="main"):
        published = Published(out)
        ends = {}
        for name, playlist in published.tracks(programme).items():
            joined = published.joined(playlist, self.dir / (name.replace(" ", "-") + ".mp4"))
            rows = packets(joined, "v:0" if name.startswith("video") else "a:0")
            self.assertTrue(all(dts >= 0 for _, dts, _, _ in rows), f"{name}: negative decode time")
            self.assertEqual([dts for _, dts, _, _ in rows], sorted({dts for _, dts, _, _ in rows}), name)
            if name.startswith("video"):
                times = sorted(pts for pts, _, _, _ in rows)
                self.assertEqual(len(times), frames, name)
                self.assertEqual(frame_count(joined), frames, name)
                self.assertEqual({b - a for a, b in zip(times, times[1:])}, {1 / fps}, name)
                ends[name] = times[-1] + 1 / fps
                keys = [pts for pts, _, _, key in rows if key]
                self.keys = getattr(self, "keys", keys)
                self.assertEqual(keys, self.keys, f"{name}: key frames on other timestamps")
            else:
                ends[name] = rows[-1][0] + rows[-1][2]
                self.assertLessEqual(rows[0][0], 1, "sound begins late")
        self.assertLessEqual(max(ends.values()) - min(ends.values()), 1 / fps, ends)
        self.figure(f"{len(ends)} tracks, {frames} frames each, ends {[round(float(e), 4) for e in ends.values()]}")
        return published


class RealShow(Case, Timing):
    @needs_fixtures
    def test_four_real_guests(self):
        media = FIXTURES / "media"
        job = job_of({"host": [{"uri": str(media / "host_rotated.mp4"), "at": 0}],
                      "city": [{"uri": str(media / "guest_city_25fps.mp4"), "at": 0, "out": 5},
                               {"uri": str(media / "guest_city_take2_vp9.webm"), "at": 6}],
                      "street": [{"uri": str(media / "guest_street_vfr_hevc.mp4"), "at": 0}],
                      "change": [{"uri": str(media / "guest_resolution_change.ts"), "at": 0}]},
                     canvas=(720, 1280), ladder=LADDER, duration=12, packaging={"segment": 2, "gop": 2, "chunk_segments": 2})
        path = self.write_job(job)
        tessera("render", path, "--out", self.dir / "out")
        self.check_tracks(self.dir / "out", Fraction(30), 360)
        self.assertEqual(tessera("lint", self.dir / "out").stdout, "")

    @needs_fixtures
    def test_host_is_upright(self):
        """The same frames as ffmpeg shows after its own rotation, stretched the same way; turned wrongly, they differ."""
        host = FIXTURES / "media" / "host_rotated.mp4"
        job = job_of({"host": [{"uri": str(host), "at": 0}]}, canvas=(360, 640), duration=2)
        path = self.write_job(job, [custom({"host": (0, 0, 1, 1, "fill")})])
        tessera("raw", path, "--rendition", "main/top", "--out", self.dir / "own.y4m")
        scale = "scale=360:640:flags=lanczos+accurate_rnd+full_chroma_int,setsar=1,fps=30:round=up,trim=end_frame=60"
        _, upright, worst = psnr(["-i", str(host)], self.dir / "own.y4m", 360, 640, 30, f"[1:v]{scale}[ref]")
        _, turned, _ = psnr(["-i", str(host)], self.dir / "own.y4m", 360, 640, 30, f"[1:v]hflip,vflip,{scale}[ref]")
        self.figure(f"PSNR upright {upright['psnr_avg']:.1f} dB (worst frame {worst:.1f}), upside down {turned['psnr_avg']:.1f} dB")
        self.assertGreaterEqual(upright["psnr_avg"], 45)
        self.assertLess(turned["psnr_avg"], 30)


class MadeShow(Case, Timing):
    """The same with media made here, so that it runs everywhere; a rate that is no whole number."""

    def test_ntsc_rate(self):
        a = self.video("a.mp4", rate="30000/1001", seconds=5)
        b = self.video("b.webm", size="480x360", rate="25", seconds=5,
                       options=["-c:v", "libvpx", "-b:v", "1M", "-deadline", "realtime", "-c:a", "libopus"])
        job = job_of({"a": [{"uri": str(a), "at": 0}], "b": [{"uri": str(b), "at": 1}]}, fps="30000/1001", duration=5,
                     ladder=[{"name": "top", "width": 360, "height": 640, "bitrate": 700000},
                             {"name": "low", "width": 180, "height": 320, "bitrate": 200000}])
        tessera("render", self.write_job(job), "--out", self.dir / "out")
        self.check_tracks(self.dir / "out", Fraction(30000, 1001), 150)
        self.assertEqual(tessera("lint", self.dir / "out").stdout, "")

    def test_mp4_archive(self):
        a = self.video("a.mp4", seconds=3)
        job = job_of({"a": [{"uri": str(a), "at": 0}]}, packaging={"segment": 1, "gop": 1, "chunk_segments": 1, "mp4": True})
        path = self.write_job(job)
        tessera("render", path, "--out", self.dir / "out")
        published = Published(self.dir / "out")
        archive = self.dir / "out" / published.programmes["main"]["mp4"]
        self.assertEqual(frame_count(archive), 90)
        video, sound = packets(archive), packets(archive, "a:0")
        self.assertEqual(min(p[0] for p in video), 0)
        self.assertLess(abs(max(p[0] + p[2] for p in video) - max(p[0] + p[2] for p in sound)), Fraction(1, 30))


if __name__ == "__main__":
    unittest.main()
