"""The same frames on the Vulkan device, with the validation layer where that is installed: any message fails the run."""
import json
import os
import unittest

from support import FIXTURES, Case, custom, ffmpeg, job_of, needs_fixtures, run, tessera


def vulkan():
    """The Vulkan device's row of `tessera probe`."""
    return next(d for d in json.loads(tessera("probe", "--json").stdout)["devices"] if d["device"] == "vulkan")


DEVICE = vulkan()
needs_vulkan = unittest.skipUnless(DEVICE["usable"], f"no Vulkan device: {DEVICE['missing']}")


def has_layer():
    env = dict(os.environ, TESSERA_VULKAN_VALIDATION="1")
    rows = json.loads(tessera("probe", "--json", env=env).stdout)["devices"]
    return next(d for d in rows if d["device"] == "vulkan")["usable"]


class Vulkan(Case):
    def setUp(self):
        super().setUp()
        if DEVICE["usable"] and has_layer():
            os.environ["TESSERA_VULKAN_VALIDATION"] = "1"
            self.addCleanup(os.environ.pop, "TESSERA_VULKAN_VALIDATION")

    def same(self, path, *options):
        want = tessera("hash", path, "--device", "cpu", "--simd", "scalar", *options).stdout
        self.assertGreater(len(want.splitlines()), 0)
        self.assertEqual(tessera("hash", path, "--device", "vulkan", *options).stdout, want, f"{path} {options}")
        return len(want.splitlines())

    def show(self, depth, canvas=(360, 640), ladder=None):
        """Three guests, one of them filmed upright with a turned phone, in every layout with a transition to the next."""
        a, b = self.video("a.mp4"), self.video("b.mp4", size="426x240", rate="25")
        turned = self.dir / "turned.mp4"
        if not turned.exists():
            run("ffmpeg", "-v", "error", "-nostdin", "-y", "-display_rotation", "90", "-i", a, "-c", "copy", turned, check=False)
        c = turned if turned.exists() else self.video("c.mp4", size="234x418")
        takes = {"a": [{"uri": str(a), "at": 0}], "b": [{"uri": str(b), "at": 0.2}], "c": [{"uri": str(c), "at": 0}]}
        layouts = ["panel", "pip", "split", "match", "solo"]
        events = [{"t": 0.4 * (i + 1), "type": "layout.set", "layout": layout, "transition": 0.3}
                  for i, layout in enumerate(layouts)]
        odd = lambda x, y, w, h, fit: (x / 360, y / 640, w / 360, h / 640, fit)
        events.append(custom({"a": odd(3, 5, 101, 77, "cover"), "b": odd(51, 31, 203, 311, "contain"),
                              "c": odd(107, 333, 253, 307, "fill")}, 2.6))
        events += [{"t": 0.5, "type": "guest.mute", "guest": "b", "video": True},
                   {"t": 0.9, "type": "guest.unmute", "guest": "b", "video": True}]
        events.sort(key=lambda event: event["t"])
        logo = self.dir / "logo.png"
        if not logo.exists():
            ffmpeg("-f", "lavfi", "-i", "testsrc2=s=90x70:r=1,format=rgba,colorchannelmixer=aa=0.6", "-frames:v", "1", logo)
        job = job_of(takes, canvas=canvas, ladder=ladder, layout="grid", duration=3,
                     policy={"hold": 1.0, "placeholder": "blur", "placeholder_for": 2.0, "lost_take": "fail"},
                     assets={"logo": {"uri": "logo.png"}},
                     overlays=[{"asset": "logo", "rect": {"x": 0.61, "y": 0.023, "w": 0.31, "h": 0.11}, "alpha": 0.8}])
        job["programmes"][0]["canvas"]["depth"] = depth
        return self.write_job(job, events, f"job{depth}-{canvas[0]}.json")

    @needs_vulkan
    def test_every_layout_and_depth_through_its_transitions(self):
        ladder = [{"name": "top", "width": 360, "height": 640, "bitrate": 800000},
                  {"name": "low", "width": 202, "height": 358, "bitrate": 200000}]
        frames = sum(self.same(self.show(depth, ladder=ladder)) for depth in (8, 10))
        self.figure(f"{frames} frames the same, validation {'on' if 'TESSERA_VULKAN_VALIDATION' in os.environ else 'off'}")

    @needs_vulkan
    @needs_fixtures
    def test_real_recordings(self):
        clips = [c for c in sorted((FIXTURES / "media").iterdir())
                 if c.name.startswith(("guest_", "host_")) and "hdr" not in c.name]
        takes = {clip.stem: [{"uri": str(clip), "at": 0}] for clip in clips}
        events = [{"t": 0.2 * (i + 1), "type": "layout.set", "layout": layout, "transition": 0.1}
                  for i, layout in enumerate(["pip", "split", "match"])]
        frames = sum(self.same(self.write_job(job_of(takes, canvas=canvas, duration=0.8), events, f"{canvas[0]}.json"))
                     for canvas in ((540, 960), (854, 480)))
        self.figure(f"{frames} frames of {len(clips)} recordings the same")

    @needs_vulkan
    def test_a_whole_render_publishes_the_same_objects(self):
        job = self.show(8)
        for device in ("cpu", "vulkan"):
            tessera("render", job, "--out", self.dir / device, "--device", device, "--stats", self.dir / f"{device}.json")
        names = [sorted(p.relative_to(self.dir / d).as_posix() for p in (self.dir / d).rglob("*.m4s")) for d in ("cpu", "vulkan")]
        self.assertGreater(len(names[0]), 2)
        self.assertEqual(names[0], names[1])
        device = json.loads((self.dir / "vulkan.json").read_text())["device"]
        self.assertEqual(device["submissions"], 90)
        self.assertLessEqual(device["launches"], 6 * 90)
        self.figure(f"{device['launches'] / 90:.1f} dispatches and {device['host_to_device_bytes'] // 90 // 1024} KiB up a frame")

    def test_probe_lists_what_there_is(self):
        for adapter in DEVICE.get("adapters", []):
            self.assertEqual(set(adapter), {"name", "type", "driver", "api", "usable", "missing"})
            self.assertEqual(adapter["usable"], adapter["missing"] == "")
            self.assertIn(adapter["name"], tessera("probe").stdout)
        self.assertEqual(DEVICE["usable"], any(a["usable"] for a in DEVICE.get("adapters", [])))


if __name__ == "__main__":
    unittest.main()
