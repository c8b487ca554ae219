"""The same frames with every set of vector instructions that this machine has."""
import json
import unittest

from support import Case, custom, job_of, tessera


class SimdLevels(Case):
    def test_hash_is_the_same_text_on_every_level(self):
        levels = next(d for d in json.loads(tessera("probe", "--json").stdout)["devices"] if d["device"] == "cpu")["simd"]
        self.assertEqual(levels[0], "scalar")
        a, b = self.video("a.mp4"), self.video("b.mp4", size="426x240", rate="25")
        for depth in (8, 10):
            job = job_of({"a": [{"uri": str(a), "at": 0}], "b": [{"uri": str(b), "at": 0.5}]}, layout="pip", duration=2)
            job["programmes"][0]["canvas"]["depth"] = depth
            path = self.write_job(job, [{"t": 1, "type": "layout.set", "layout": "split", "transition": 0.5}])
            want = tessera("hash", path, "--simd", "scalar").stdout
            self.assertEqual(len(want.splitlines()), 60)
            for level in ["auto", *levels]:
                self.assertEqual(tessera("hash", path, "--simd", level).stdout, want, level)
        self.figure(f"levels {levels}")

    def test_an_unknown_level_is_told_with_those_there_are(self):
        clip = self.video("a.mp4")
        path = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, duration=1))
        refused = tessera("hash", path, "--simd", "mmx", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn('no SIMD level "mmx" on this machine: want one of auto, scalar', refused.stderr)


if __name__ == "__main__":
    unittest.main()
