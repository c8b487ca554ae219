"""`tessera-bench model` against a count by hand: what it says is a model, its bytes are those of the plan."""
import json
import unittest
from pathlib import Path

from support import TESSERA, Case, run

BENCH = Path(TESSERA).resolve().parent / "tessera-bench"
LADDER = [(1080, 1920), (720, 1280), (540, 960), (360, 640)]
GUEST = (720, 1280)


def picture(size):
    return size[0] * size[1] * 3 // 2


class Model(Case):
    def setUp(self):
        super().setUp()
        self.model = json.loads(run(BENCH, "model", "--json").stdout)

    def test_everything_printed_says_that_it_is_a_model(self):
        table = run(BENCH, "model").stdout
        self.assertEqual(table.splitlines()[0], "a model, not a measurement")
        self.assertEqual(table.splitlines()[-1], "a model, not a measurement")
        self.assertEqual(self.model["label"], "a model, not a measurement")

    def test_bytes_are_those_counted_by_hand(self):
        guests, canvas, rungs = 4 * picture(GUEST), picture(LADDER[0]), [picture(r) for r in LADDER]
        bare = self.model["bytes_a_frame_without_overlay"]
        self.assertEqual(bare["decoder_map_copies"], 2 * guests)
        self.assertEqual(bare["encoder_reads"], sum(rungs))
        # Guests are read and the canvas is written; renditions are written, and the canvas is read for each, or once.
        composed, written = guests + canvas, sum(rungs[1:])
        self.assertEqual(bare["operations"], composed + 3 * canvas + written)
        self.assertEqual(bare["operations_each_sample_once_a_batch"], composed + canvas + written)
        self.assertEqual([b["operations"] for b in bare["frame_plan"]], [4, 3])
        by_hand = bare["decoder_map_copies"] + bare["operations_each_sample_once_a_batch"] + bare["encoder_reads"]
        self.assertAlmostEqual(by_hand / 1e6, self.model["counted_by_hand"]["mb_a_frame"], delta=0.2)
        # The overlay: a picture with alpha of 360x360 is read, laid out as the canvas, and blended with it.
        side = 360 * 360
        layer, blended = side + side // 2 + side, 2 * (side + side // 2)
        overlay = self.model["bytes_a_frame"]["total"] - bare["total"]
        self.assertEqual(overlay, 4 * side + layer + layer + blended)
        self.figure(f"{self.model['bytes_a_frame']['total'] / 1e6:.1f} MB a frame, {by_hand / 1e6:.1f} as by hand (a model)")

    def test_programmes_follow_from_rates_and_bytes(self):
        gpus = {g["name"]: g for g in self.model["gpus"]}
        l4 = gpus["L4"]
        pixels = sum(w * h for w, h in LADDER)
        self.assertAlmostEqual(l4["nvenc"]["programmes"], 2 * 652 * 1920 * 1080 / (pixels * 30), delta=0.06)
        self.assertAlmostEqual(l4["nvenc"]["programmes"], self.model["counted_by_hand"]["l4_programmes"], delta=0.5)
        self.assertAlmostEqual(l4["nvdec"]["programmes"], 67, delta=1)
        self.assertEqual((l4["programmes"], l4["limited_by"]), (24, "NVENC"))
        total = self.model["bytes_a_frame"]["total"]
        self.assertAlmostEqual(l4["memory"]["programmes"], 0.6 * 300e9 / (30 * total), delta=0.06)
        self.assertNotIn("nvenc", gpus["H100 SXM"])
        self.assertAlmostEqual(gpus["H100 SXM"]["pcie"]["programmes"], 0.8 * 63e9 / (30 * sum(picture(r) for r in LADDER)), delta=0.06)
        self.assertEqual((gpus["RTX 4090"]["programmes"], gpus["RTX 4090"]["limited_by"]), (2, "encoder sessions"))
        for g in self.model["gpus"]:
            for part in ("nvdec", "memory", "nvenc", "pcie"):
                sources = [v for k, v in g.get(part, {"source": "-"}).items() if k.endswith("source")]
                self.assertTrue(sources and all(sources), f"{g['name']} {part}")


if __name__ == "__main__":
    unittest.main()
