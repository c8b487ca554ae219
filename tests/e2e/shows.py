"""Shows that are drawn on every device, to be compared: what each test file about a device draws."""
import random

from support import FIXTURES, custom, ffmpeg, job_of, run

LAYOUTS = ("solo", "grid", "pip", "split", "panel", "match")
SEED = 5
LADDER = [{"name": "top", "width": 360, "height": 640, "bitrate": 800000},
          {"name": "low", "width": 202, "height": 358, "bitrate": 200000}]


def every_layout(case, depth, canvas=(360, 640), ladder=None):
    """Three guests, one of them filmed upright with a turned phone, in every layout with a transition to the next. 90
    frames."""
    a, b = case.video("a.mp4"), case.video("b.mp4", size="426x240", rate="25")
    turned = case.dir / "turned.mp4"
    if not turned.exists():
        run("ffmpeg", "-v", "error", "-nostdin", "-y", "-display_rotation", "90", "-i", a, "-c", "copy", turned, check=False)
    c = turned if turned.exists() else case.video("c.mp4", size="234x418")
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
    logo = case.dir / "logo.png"
    if not logo.exists():
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=90x70:r=1,format=rgba,colorchannelmixer=aa=0.6", "-frames:v", "1", logo)
    job = job_of(takes, canvas=canvas, ladder=ladder, layout="grid", duration=3,
                 policy={"hold": 1.0, "placeholder": "blur", "placeholder_for": 2.0, "lost_take": "fail"},
                 assets={"logo": {"uri": "logo.png"}},
                 overlays=[{"asset": "logo", "rect": {"x": 0.61, "y": 0.023, "w": 0.31, "h": 0.11}, "alpha": 0.8}])
    job["programmes"][0]["canvas"]["depth"] = depth
    return case.write_job(job, events, f"job{depth}-{canvas[0]}.json")


def recordings():
    """All real ones. HDR is refused before anything is drawn; its own test says so."""
    return sorted(f for f in (FIXTURES / "media").iterdir() if f.suffix in (".mp4", ".ts", ".webm") and "hdr" not in f.name)


def guests():
    """The real recordings of people, and how many."""
    return [c for c in sorted((FIXTURES / "media").iterdir())
            if c.name.startswith(("guest_", "host_")) and "hdr" not in c.name]


def people(case, canvas):
    """The recordings of people, 0.8 s of them in four layouts."""
    takes = {clip.stem: [{"uri": str(clip), "at": 0}] for clip in guests()}
    events = [{"t": 0.2 * (i + 1), "type": "layout.set", "layout": layout, "transition": 0.1}
              for i, layout in enumerate(["pip", "split", "match"])]
    return case.write_job(job_of(takes, canvas=canvas, duration=0.8), events, f"{canvas[0]}.json")


def odd_rects(names):
    numbers = random.Random(SEED)
    part = lambda least, more: round(least + more * numbers.random(), 4)
    return [{"guest": g, "x": part(0, 0.7), "y": part(0, 0.7), "w": part(0.11, 0.5), "h": part(0.13, 0.5), "z": i,
             "fit": ("cover", "contain", "fill")[i % 3], "alpha": 0.9 if i % 2 else 1, "radius": 0 if i % 3 else 0.02}
            for i, g in enumerate(names)]


def every_recording(case, depth):
    """All recordings in all layouts, at odd sizes and places, in motion. 80 frames."""
    takes = {f"g{i}": [{"uri": str(f), "at": 0}] for i, f in enumerate(recordings())}
    events = [{"t": round(0.8 + i, 1), "type": "layout.set", "layout": layout, "transition": 0.5}
              for i, layout in enumerate(LAYOUTS)]
    events.append({"t": 6.8, "type": "layout.set", "layout": "custom", "transition": 0.4, "rects": odd_rects(takes)})
    rung = dict(name="a", width=362, height=646, bitrate=500000, **({"profile": "high10"} if depth == 10 else {}))
    job = job_of(takes, canvas=(542, 966), ladder=[rung], duration=8, policy={"lost_take": "placeholder", "hold": 0.5})
    job["programmes"][0]["canvas"].update(depth=depth, fps="10")
    return case.write_job(job, events, f"every{depth}.json")
