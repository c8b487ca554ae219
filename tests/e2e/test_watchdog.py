"""Work in a child process: what hangs or dies there is given up, said, and done elsewhere where that was left to us."""
import json
import os
import random
import signal
import subprocess
import time
import unittest
from pathlib import Path

from simgpu import Simulated, needs_simgpu
from support import Case, TESSERA, job_of, tessera, tree_hash


def children(pid):
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


class Watchdog(Case):
    def show(self):
        a = self.video("a.mp4", size="320x240", seconds=8)
        return self.write_job(job_of({"a": [{"uri": str(a), "at": 0}]}, canvas=(180, 320), duration=8,
                                     ladder=[{"name": "top", "width": 180, "height": 320, "bitrate": 300000, "preset": "slow"}],
                                     packaging={"segment": 1, "gop": 1, "chunk_segments": 1}))

    def start(self, job, out, *options):
        process = subprocess.Popen([TESSERA, "render", job, "--out", out, "--isolate", "always", "--progress", "none",
                                    "--stats", self.dir / "stats.json", *options],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        return process

    def signal_child(self, process, out, number, committed=2):
        """Waits for some committed chunks, then sends the child a signal. Its process id."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            records = len(list((Path(out) / "ledger").glob("*.json")))
            if records >= committed:
                (child,) = children(process.pid)
                os.kill(child, number)
                return child
            time.sleep(0.002)
        self.fail("the child committed nothing in time")

    def stop_child(self, process, out, silence):
        """Stops the child during device work. Silence means nothing while a file is written, which may take longer than
        the work between: a stop that fell there is taken back and tried again. The child's process id, and what was said."""
        child = self.signal_child(process, out, signal.SIGSTOP)
        for tries in range(1, 100):
            try:
                return child, process.communicate(timeout=silence + 2)
            except subprocess.TimeoutExpired:
                if not Path(f"/proc/{child}").exists():
                    return child, process.communicate(timeout=120)
                os.kill(child, signal.SIGCONT)
                time.sleep(random.uniform(0, 0.05 * tries))
                os.kill(child, signal.SIGSTOP)
        self.fail("the child never stopped during device work")

    def test_the_same_bytes_as_without(self):
        job = self.show()
        tessera("render", job, "--out", self.dir / "plain", "--isolate", "never")
        process = self.start(job, self.dir / "child")
        out, log = process.communicate(timeout=120)
        self.assertEqual((process.returncode, log), (0, ""))
        self.assertIn("chunks rendered 8", out)
        self.assertEqual(tree_hash(self.dir / "child"), tree_hash(self.dir / "plain"))

    def test_auto_goes_on_where_the_child_hangs_or_dies(self):
        job = self.show()
        tessera("render", job, "--out", self.dir / "plain", "--isolate", "never")
        for said in ("no sign of life for 3 s", "ended by signal 11"):
            out = self.dir / said
            process = self.start(job, out, "--watchdog", "3")
            if said.startswith("ended"):
                child, (text, log) = self.signal_child(process, out, signal.SIGSEGV), process.communicate(timeout=120)
            else:
                child, (text, log) = self.stop_child(process, out, silence=3)
            self.assertEqual(process.returncode, 0, log)
            self.assertIn(said, log)
            self.assertFalse(Path(f"/proc/{child}").exists())
            stats = json.loads((self.dir / "stats.json").read_text())
            self.assertEqual(stats["device_failures"], 1)
            self.assertGreaterEqual(stats["chunks_reused"], 1)
            self.assertEqual(stats["chunks_reused"] + stats["chunks_rendered"], 8)
            self.assertEqual(tree_hash(out), tree_hash(self.dir / "plain"))

    def test_a_named_device_is_an_error(self):
        job, out = self.show(), self.dir / "out"
        process = self.start(job, out, "--watchdog", "3", "--device", "cpu")
        child, (text, log) = self.stop_child(process, out, silence=3)
        self.assertEqual(process.returncode, 30, log)
        self.assertIn("device.cpu: no sign of life for 3 s", log)
        self.assertFalse((out / "job.json").exists())
        tessera("render", job, "--out", out)

    def test_stopping_and_killing_the_parent_ends_the_child(self):
        job, out = self.show(), self.dir / "out"
        process = self.start(job, out)
        deadline = time.monotonic() + 60
        while not list((out / "ledger").glob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        text, log = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 75, log)
        self.assertIn("run the same command again", log)
        process = self.start(job, self.dir / "again")
        while not children(process.pid):
            time.sleep(0.005)
        (child,) = children(process.pid)
        process.kill()
        process.communicate()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and Path(f"/proc/{child}").exists():
            time.sleep(0.01)
        self.assertFalse(Path(f"/proc/{child}").exists())

    def test_errors_of_the_job_keep_their_code(self):
        process = self.start(self.write_job({"version": 1}), self.dir / "out")
        text, log = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 10)
        self.assertEqual(log.count("tessera: error"), len(log.strip().splitlines()))


class WatchedCommands(Case):
    """What only looks: it runs in a child as well, and is given up where that falls silent."""

    def commands(self):
        clip = self.video("a.mp4", size="320x240", seconds=3)
        job = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(180, 320), duration=3))
        return {"hash": ["hash", job], "raw": ["raw", job, "--rendition", "main/top", "--out", "-"],
                "frame": ["frame", job, "--at", "2", "--out", "-"], "sheet": ["sheet", job, "--out", "-"],
                "explain": ["explain", job, "--at", "2"], "plan": ["plan", job, "--json"], "probe": ["probe", "--json"]}

    def test_the_same_output_as_without(self):
        for name, words in self.commands().items():
            with self.subTest(command=name):
                got = [subprocess.run([TESSERA, *words, "--isolate", isolate], capture_output=True, timeout=60)
                       for isolate in ("always", "never")]
                self.assertEqual([g.returncode for g in got], [0, 0], got[0].stderr)
                self.assertGreater(len(got[1].stdout), 100)
                self.assertEqual(got[0].stdout, got[1].stdout)

    def has_unnamed_files(self, folder):
        """Where there are none, the next command that writes there removes what was left."""
        try:
            os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
            return True
        except OSError:
            self.figure("the file system has no files without a name: what is left is looked for after the next command")
            return False

    def test_a_killed_one_leaves_nothing_half_made(self):
        clip = self.video("long.mp4", size="320x240", seconds=8)
        job = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(180, 320), duration=8))
        folder = self.dir / "folder"
        folder.mkdir()
        words = [TESSERA, "raw", job, "--rendition", "main/top", "--out"]
        unnamed = self.has_unnamed_files(folder)

        def writes(pid):
            try:
                return any(os.readlink(fd).startswith(f"{folder}/") for fd in Path(f"/proc/{pid}/fd").iterdir())
            except OSError:
                return False

        for isolate, number, whom in (("always", signal.SIGKILL, "child"), ("always", signal.SIGTERM, "parent"),
                                      ("always", signal.SIGINT, "parent"), ("never", signal.SIGTERM, "parent")):
            with self.subTest(isolate=isolate, signal=number, whom=whom):
                process = subprocess.Popen([*words, folder / "out.y4m", "--isolate", isolate], stderr=subprocess.DEVNULL)
                self.addCleanup(process.kill)
                worker, deadline = None, time.monotonic() + 60
                while worker is None and time.monotonic() < deadline:
                    worker = next(filter(writes, [process.pid, *children(process.pid)]), None)
                self.assertEqual(worker == process.pid, isolate == "never")
                os.kill(worker if whom == "child" else process.pid, number)
                self.assertNotEqual(process.wait(60), 0)
                while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
                    time.sleep(0.01)
                if unnamed:
                    self.assertEqual(list(folder.iterdir()), [])
        for _ in range(2):  # new, and in place of what is there
            subprocess.run([*words, folder / "out.y4m"], check=True, timeout=60)
            self.assertEqual([p.name for p in folder.iterdir()], ["out.y4m"])
            plain = subprocess.run([*words, "-"], check=True, capture_output=True, timeout=60).stdout
            self.assertEqual((folder / "out.y4m").read_bytes(), plain)

    def test_errors_are_said_once(self):
        for isolate in ("always", "never"):
            done = subprocess.run([TESSERA, "hash", self.dir / "no.json", "--isolate", isolate], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr.count("no.json")), (10, 1), done.stderr)

    def test_decoding_a_long_way_to_a_picture_is_a_sign_of_life(self):
        clip = self.video("long.mp4", size="640x360", seconds=30, audio=False,
                          options=["-c:v", "libx264", "-preset", "ultrafast", "-g", "9999"])
        job = self.write_job(job_of({"a": [{"uri": str(clip), "at": 0}]}, canvas=(180, 320), duration=30))
        tessera("plan", job)  # indexes it
        words = [TESSERA, "frame", job, "--at", "29.5", "--out", "-", "--device", "cpu"]
        began = time.monotonic()
        plain = subprocess.run(words, capture_output=True, timeout=60)
        took = time.monotonic() - began
        silence = max(0.1, took / 4)
        watched = subprocess.run([*words, "--isolate", "always", "--watchdog", str(silence)], capture_output=True, timeout=60)
        self.figure(f"{took:.2f} s of decoding, {silence:.2f} s of silence allowed")
        self.assertEqual((watched.returncode, watched.stdout), (0, plain.stdout), watched.stderr)

    @needs_simgpu
    def test_what_hangs_on_a_simulated_gpu_is_given_up(self):
        commands = self.commands()
        for name, call in (("hash", "cuLaunchKernel"), ("raw", "cuLaunchKernel"), ("frame", "cuLaunchKernel"),
                           ("sheet", "cuLaunchKernel"), ("explain", "cuLaunchKernel"), ("plan", "cuStreamCreate"),
                           ("probe", "cuStreamCreate")):
            with self.subTest(command=name):
                gpu = Simulated(self.dir, faults=[{"call": call, "nth": 1, "hang": True}])
                device = [] if name == "probe" else ["--device", "cuda"]
                done = subprocess.run([TESSERA, *commands[name], *device, "--watchdog", "1"], capture_output=True, text=True,
                                      timeout=60, env=gpu.env)
                self.assertEqual(done.returncode, 30, done.stderr)
                self.assertIn(f"no sign of life for 1 s in {call}", done.stderr)
                self.assertIn("--device cpu goes without a GPU", done.stderr)
                if name in ("probe", "hash", "raw"):
                    continue
                auto, cpu = (subprocess.run([TESSERA, *commands[name], "--device", device, "--watchdog", "1"], env=gpu.env,
                                            capture_output=True, timeout=60) for device in ("auto", "cpu"))
                self.assertEqual((auto.returncode, auto.stdout), (0, cpu.stdout), auto.stderr)
                self.assertIn(b"going on on the CPU", auto.stderr)


if __name__ == "__main__":
    unittest.main()
