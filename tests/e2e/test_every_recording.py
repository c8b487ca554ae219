"""All real recordings in all layouts, at odd sizes and places, in motion, 8 and 10 bit: the same text from every device."""
import json
import random
import unittest

from support import FIXTURES, Case, job_of, needs_fixtures, tessera

LAYOUTS = ("solo", "grid", "pip", "split", "panel", "match")
SEED = 5


def ways():
    """Options of every device and level of vector instructions that this machine has; scalar code first."""
    devices = {d["device"]: d for d in json.loads(tessera("probe", "--json").stdout)["devices"]}
    all_ways = [("--device", "cpu", "--simd", level) for level in devices["cpu"]["simd"]]
    return all_ways + ([("--device", "vulkan")] if devices["vulkan"]["usable"] else [])


def odd_rects(guests):
    numbers = random.Random(SEED)
    part = lambda least, more: round(least + more * numbers.random(), 4)
    return [{"guest": g, "x": part(0, 0.7), "y": part(0, 0.7), "w": part(0.11, 0.5), "h": part(0.13, 0.5), "z": i,
             "fit": ("cover", "contain", "fill")[i % 3], "alpha": 0.9 if i % 2 else 1, "radius": 0 if i % 3 else 0.02}
            for i, g in enumerate(guests)]


class EveryRecording(Case):
    @needs_fixtures
    def test_hash_is_the_same_text_on_every_device(self):
        # HDR is refused before anything is drawn; its own test says so.
        files = sorted(f for f in (FIXTURES / "media").iterdir() if f.suffix in (".mp4", ".ts", ".webm") and "hdr" not in f.name)
        takes = {f"g{i}": [{"uri": str(f), "at": 0}] for i, f in enumerate(files)}
        events = [{"t": round(0.8 + i, 1), "type": "layout.set", "layout": layout, "transition": 0.5}
                  for i, layout in enumerate(LAYOUTS)]
        events.append({"t": 6.8, "type": "layout.set", "layout": "custom", "transition": 0.4, "rects": odd_rects(takes)})
        for depth in (8, 10):
            rung = dict(name="a", width=362, height=646, bitrate=500000, **({"profile": "high10"} if depth == 10 else {}))
            job = job_of(takes, canvas=(542, 966), ladder=[rung], duration=8, policy={"lost_take": "placeholder", "hold": 0.5})
            job["programmes"][0]["canvas"].update(depth=depth, fps="10")
            path = self.write_job(job, events)
            texts = {way: tessera("hash", path, *way).stdout for way in ways()}
            want = next(iter(texts.values()))
            self.assertEqual(len(want.splitlines()), 80)
            self.assertGreater(len({line.split()[2] for line in want.splitlines()}), 70, "the show stands still")
            for way, text in texts.items():
                self.assertEqual(text, want, way)
        self.figure(f"{len(files)} recordings, 80 frames, seed {SEED}, 8 and 10 bit, the same by {len(texts)} ways")


if __name__ == "__main__":
    unittest.main()
