"""The same frames on the Vulkan device, with the validation layer where that is installed: any message fails the run."""
import json
import os
import unittest

import shows
from support import Case, needs_fixtures, tessera


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

    @needs_vulkan
    def test_every_layout_and_depth_through_its_transitions(self):
        frames = sum(self.same(shows.every_layout(self, depth, ladder=shows.LADDER)) for depth in (8, 10))
        self.figure(f"{frames} frames the same, validation {'on' if 'TESSERA_VULKAN_VALIDATION' in os.environ else 'off'}")

    @needs_vulkan
    @needs_fixtures
    def test_real_recordings(self):
        frames = sum(self.same(shows.people(self, canvas)) for canvas in ((540, 960), (854, 480)))
        self.figure(f"{frames} frames of {len(shows.guests())} recordings the same")

    @needs_vulkan
    def test_a_whole_render_publishes_the_same_objects(self):
        job = shows.every_layout(self, 8)
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
