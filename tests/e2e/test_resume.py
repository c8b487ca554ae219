"""Kills, edits and second runs: nothing rendered twice, the same bytes as an undisturbed run."""
import json
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

from support import Case, Published, TESSERA, custom, job_of, tessera, tree_hash

KILLS = 50


class Resume(Case):
    def show(self):
        a = self.video("a.mp4", size="320x240", seconds=9)
        b = self.video("b.mp4", size="320x240", rate="25", seconds=9)
        job = job_of({"a": [{"uri": str(a), "at": 0}], "b": [{"uri": str(b), "at": 0}]}, canvas=(180, 320), duration=9,
                     ladder=[{"name": "top", "width": 180, "height": 320, "bitrate": 300000, "preset": "ultrafast"},
                             {"name": "low", "width": 90, "height": 160, "bitrate": 100000, "preset": "ultrafast"}],
                     packaging={"segment": 1, "gop": 1, "chunk_segments": 1})
        events = [{"t": 2.5, "type": "layout.set", "layout": "split"}, {"t": 6.5, "type": "guest.focus", "guest": "b"}]
        return job, events

    def render(self, path, out, *more):
        stats = self.dir / "stats.json"
        tessera("render", path, "--out", out, "--stats", stats, *more)
        return json.loads(stats.read_text())

    def test_kills(self):
        job, events = self.show()
        path = self.write_job(job, events)
        began = time.monotonic()
        stats = self.render(path, self.dir / "whole")
        whole_run = time.monotonic() - began
        chunks = stats["chunks_rendered"]
        self.assertGreaterEqual(chunks, 8)
        undisturbed = tree_hash(self.dir / "whole")
        seed = int(os.environ.get("TESSERA_SEED") or time.time())
        print(f"    seed {seed}")
        rng = random.Random(seed)
        in_flight = 2
        killed_midway = 0
        out = self.dir / "killed"
        for _ in range(KILLS):
            shutil.rmtree(out, ignore_errors=True)
            process = subprocess.Popen([TESSERA, "render", path, "--out", out, "--jobs", str(in_flight), "--progress", "none"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0, whole_run * 0.9))
            process.send_signal(signal.SIGKILL)
            process.wait()
            committed = sum(1 for record in (out / "ledger").glob("*.json")
                            if json.loads(record.read_text())["kind"] == "chunk") if (out / "ledger").is_dir() else 0
            finished = (out / "job.json").exists()
            killed_midway += 0 < committed < chunks
            again = self.render(path, out, "--jobs", str(in_flight))
            # Whatever was committed is not rendered again.
            self.assertEqual(again["chunks_rendered"], chunks - committed)
            if finished:
                self.assertEqual(again["chunks_rendered"], 0)
            self.assertEqual(tree_hash(out), undisturbed)
        self.figure(f"{KILLS} kills of a {chunks}-chunk render, {killed_midway} of them between the first and the last commit; "
                    f"all byte-identical to an undisturbed run, no committed chunk rendered again")
        self.assertGreater(killed_midway, KILLS // 5, "the kills came too early or too late to show anything")

    def test_second_run_renders_nothing(self):
        job, events = self.show()
        path = self.write_job(job, events)
        self.render(path, self.dir / "out")
        before = tree_hash(self.dir / "out")
        stats = self.render(path, self.dir / "out")
        self.assertEqual((stats["chunks_rendered"], stats["mixes_rendered"], stats["frames_composed"]), (0, 0, 0))
        self.assertEqual(tree_hash(self.dir / "out"), before)

    def test_an_edit_renders_only_what_it_touches(self):
        job, events = self.show()
        self.render(self.write_job(job, events), self.dir / "out")
        edited = [events[0], dict(events[1], t=7.25)]  # in the eighth second instead of the seventh
        path = self.write_job(job, edited)
        stats = self.render(path, self.dir / "out")
        self.assertEqual(stats["chunks_rendered"], 2)
        self.assertEqual(stats["mixes_rendered"], 0)
        self.assertEqual(Published(self.dir / "out").job["revision"], 2)
        # The same as a fresh render of the edited job, but for the revision and what the first one left.
        self.render(path, self.dir / "fresh")
        fresh, after = tree_hash(self.dir / "fresh", skip=("job.json",)), tree_hash(self.dir / "out", skip=("job.json",))
        self.assertEqual(fresh, {k: v for k, v in after.items() if k in fresh})
        jobs = [dict(Published(self.dir / d).job, revision=0) for d in ("out", "fresh")]
        self.assertEqual(*jobs)

    def test_interrupt_is_clean(self):
        job, events = self.show()
        path = self.write_job(job, events)
        process = subprocess.Popen([TESSERA, "render", path, "--out", self.dir / "out"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not list((self.dir / "out" / "ledger").glob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 75, log)
        self.assertIn("again", log)
        self.assertFalse((self.dir / "out" / "job.json").exists())


if __name__ == "__main__":
    unittest.main()
