"""All real recordings in all layouts, at odd sizes and places, in motion, 8 and 10 bit: the same text from every device."""
import json
import unittest

import shows
from support import Case, needs_fixtures, tessera


def ways():
    """Options of every device and level of vector instructions that this machine has; scalar code first."""
    devices = {d["device"]: d for d in json.loads(tessera("probe", "--json").stdout)["devices"]}
    all_ways = [("--device", "cpu", "--simd", level) for level in devices["cpu"]["simd"]]
    return all_ways + ([("--device", "vulkan")] if devices["vulkan"]["usable"] else [])


class EveryRecording(Case):
    @needs_fixtures
    def test_hash_is_the_same_text_on_every_device(self):
        for depth in (8, 10):
            path = shows.every_recording(self, depth)
            texts = {way: tessera("hash", path, *way).stdout for way in ways()}
            want = next(iter(texts.values()))
            self.assertEqual(len(want.splitlines()), 80)
            self.assertGreater(len({line.split()[2] for line in want.splitlines()}), 70, "the show stands still")
            for way, text in texts.items():
                self.assertEqual(text, want, way)
        self.figure(f"{len(shows.recordings())} recordings, 80 frames, seed {shows.SEED}, 8 and 10 bit, the same by {len(texts)} ways")


if __name__ == "__main__":
    unittest.main()
