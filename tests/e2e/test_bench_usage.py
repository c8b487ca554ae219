"""What `tessera-bench` was not told rightly ends with 2 and one line, as with every command of tessera."""
import unittest
from pathlib import Path

from support import TESSERA, Case, run

BENCH = Path(TESSERA).resolve().parent / "tessera-bench"


class Usage(Case):
    def test_one_line_and_exit_2(self):
        for words, said in ((["compare", "--seconds", "x"], "--seconds"), (["compare", "--scaler", "best"], "best"),
                            (["gpu", "--parts", "none"], "none"), (["model", "--no-such"], "--no-such"), (["--no-such"], "--no-such"),
                            (["race"], "race"), (["decode"], "JOB")):
            done = run(BENCH, *words, check=False, timeout=20)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1), f"{words}: {done.stderr}")
            self.assertIn("tessera-bench: error: usage: ", done.stderr)
            self.assertIn(said, done.stderr)
            self.assertIn("--help", done.stderr)

    def test_help_is_no_error(self):
        for words in (["--help"], ["compare", "--help"], ["gpu", "--help"], ["model", "--help"]):
            done = run(BENCH, *words, check=False, timeout=20)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertIn("tessera-bench", done.stdout)


if __name__ == "__main__":
    unittest.main()
