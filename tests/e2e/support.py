"""What the end-to-end tests share: the program as a process, media made on the spot, stock ffmpeg as the judge."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESSERA = os.environ.get("TESSERA") or str(ROOT / "build" / "tessera")
FIXTURES = Path(os.environ.get("TESSERA_FIXTURES") or ROOT.parent / "shared" / "fixtures")
HAVE_FIXTURES = (FIXTURES / "media").is_dir()

needs_fixtures = unittest.skipUnless(HAVE_FIXTURES, "the real recordings are not on this machine")


def run(*args, check=True, timeout=600, **kwargs):
    """Runs a command; its outputs as text."""
    result = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=timeout, **kwargs)
    if check and result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, args))}\nexit {result.returncode}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}")
    return result


def tessera(*args, check=True, **kwargs):
    return run(TESSERA, *args, check=check, **kwargs)


def ffmpeg(*args):
    return run("ffmpeg", "-v", "error", "-nostdin", "-y", *args)


class Case(unittest.TestCase):
    """A test with a folder of its own and an index cache of its own."""

    def setUp(self):
        self.dir = Path(tempfile.mkdtemp(prefix="tessera-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        previous = os.environ.get("TESSERA_CACHE_DIR")
        os.environ["TESSERA_CACHE_DIR"] = str(self.dir / "cache")
        self.addCleanup(lambda: os.environ.pop("TESSERA_CACHE_DIR") if previous is None
                        else os.environ.update(TESSERA_CACHE_DIR=previous))

    def figure(self, text):
        """A measured figure, for the log."""
        print(f"    {self.id().split('.')[-1]}: {text}", flush=True)

    def write_job(self, job, events=(), name="job.json"):
        path = self.dir / name
        if events:
            log = path.with_suffix(".jsonl")
            log.write_text("".join(json.dumps(e) + "\n" for e in events))
            job = dict(job, events=log.name)
        path.write_text(json.dumps(job, indent=1))
        return path

    def video(self, name, size="640x360", rate="30", seconds=4, options=(), source=None, audio=True):
        """A small clip whose every frame differs from the next."""
        path = self.dir / name
        if path.exists():
            return path
        pixels = source or f"testsrc2=s={size}:r={rate}"
        sound = ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"] if audio else []
        codec = list(options) or ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "30"]
        ffmpeg("-f", "lavfi", "-i", pixels, *sound, "-t", str(seconds), *codec, "-pix_fmt", "yuv420p", path)
        return path


def job_of(guests, canvas=(360, 640), fps="30", ladder=None, layout="grid", packaging=None, **more):
    """A one-programme job. guests: {id: [takes]}."""
    width, height = canvas
    return {
        "version": 1, "id": "e2e",
        "guests": [{"id": g, "name": g, "takes": takes} for g, takes in guests.items()],
        "programmes": [{
            "id": "main", "canvas": {"width": width, "height": height, "fps": fps}, "layout": layout,
            "ladder": ladder or [{"name": "top", "width": width, "height": height, "bitrate": 800000}]}],
        "packaging": packaging or {"segment": 2, "gop": 1, "chunk_segments": 2},
        **more}


def custom(rects, t=0):
    """A layout.set event with exact rects {guest: (x, y, w, h[, fit])}, in force from t without a transition."""
    rows = [dict(guest=g, x=r[0], y=r[1], w=r[2], h=r[3], fit=r[4] if len(r) > 4 else "cover") for g, r in rects.items()]
    return {"t": t, "type": "layout.set", "layout": "custom", "transition": 0, "rects": rows}


class Published:
    """A published ladder, read the way a player would: multivariant, media playlists, init and segments."""

    def __init__(self, out):
        self.out = Path(out)
        self.job = json.loads((self.out / "job.json").read_text())
        self.programmes = {p["id"]: p for p in self.job["programmes"]}

    def tracks(self, programme="main"):
        """{name: (playlist path, kind)} from the multivariant playlist."""
        p = self.programmes[programme]
        master = self.out / p["hls"]
        rows = {}
        text = master.read_text().splitlines()
        for i, line in enumerate(text):
            if line.startswith("#EXT-X-STREAM-INF"):
                size = re.search(r"RESOLUTION=(\d+x\d+)", line).group(1)
                rows[f"video {size}"] = (master.parent / text[i + 1]).resolve()
            elif line.startswith("#EXT-X-MEDIA") and "TYPE=AUDIO" in line:
                rows["audio " + re.search(r'NAME="([^"]*)"', line).group(1)] = (
                    master.parent / re.search(r'URI="([^"]*)"', line).group(1)).resolve()
        return rows

    @staticmethod
    def pieces(playlist):
        """Init and segment paths of a media playlist."""
        playlist = Path(playlist)
        text = playlist.read_text()
        init = playlist.parent / re.search(r'#EXT-X-MAP:URI="([^"]*)"', text).group(1)
        return init, [playlist.parent / line for line in text.splitlines() if line and not line.startswith("#")]

    def joined(self, playlist, path):
        init, segments = self.pieces(playlist)
        with open(path, "wb") as out:
            for piece in [init, *segments]:
                out.write(piece.read_bytes())
        return path


def packets(path, stream="v:0"):
    """[(pts, dts, duration, is key)] in seconds as exact fractions, in decode order."""
    text = run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
               "packet=pts,dts,duration,flags:stream=time_base", "-of", "json", path).stdout
    data = json.loads(text)
    tick = Fraction(data["streams"][0]["time_base"])
    return [(int(p["pts"]) * tick, int(p["dts"]) * tick, int(p.get("duration", 0)) * tick, "K" in p["flags"])
            for p in data["packets"]]


def frame_count(path, stream="v:0"):
    text = run("ffprobe", "-v", "error", "-select_streams", stream, "-count_frames", "-show_entries",
               "stream=nb_read_frames", "-of", "csv=p=0", path).stdout
    return int(text.strip().splitlines()[0].strip(","))


def tree_hash(folder, skip=()):
    """{relative name: sha256} of every file."""
    folder = Path(folder)
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.rglob("*")) if p.is_file() and p.name not in skip}


def psnr(reference_args, distorted, width, height, fps, filters):
    """Average PSNR over all planes, and the worst frame's, of `distorted` (a y4m) against an ffmpeg graph [ref]."""
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        graph = f"{filters};[ref]settb=AVTB,setpts=N[r];[0:v]settb=AVTB,setpts=N[d];[d][r]psnr=stats_file={log.name}"
        run("ffmpeg", "-v", "info", "-nostdin", "-i", distorted, *reference_args, "-filter_complex", graph, "-f", "null", "-")
        rows = [dict(field.split(":") for field in line.split()) for line in Path(log.name).read_text().splitlines()]
    def value(row, key):
        return 99.0 if row[key] == "inf" else float(row[key])
    means = {key: sum(value(r, key) for r in rows) / len(rows) for key in ("psnr_avg", "psnr_y", "psnr_u", "psnr_v")}
    return len(rows), means, min(value(r, "psnr_avg") for r in rows)


if __name__ == "__main__":
    raise SystemExit("support.py has no tests")
