"""What the tests of animations share: small animations made on the spot, and pictures composed in plain Python."""
import array
import struct
import subprocess
import zlib
from fractions import Fraction

from support import ffmpeg, run


def moving(folder, name, size, rate, frames, alpha="clip(X*7+Y*4+N*30-150,0,255)"):
    """The same moving picture in the format that the name ends on: .mov (QuickTime Animation), .prores.mov, .apng, .gif."""
    path = folder / name
    source = f"testsrc2=s={size[0]}x{size[1]}:r={rate},trim=end_frame={frames},format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='{alpha}'"
    if name.endswith(".prores.mov"):
        options = ["-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-alpha_bits", "16"]
    elif name.endswith(".mov"):
        options = ["-c:v", "qtrle", "-pix_fmt", "argb"]
    elif name.endswith(".apng"):
        options = ["-c:v", "apng", "-pix_fmt", "rgba", "-f", "apng", "-plays", "0"]
    else:
        options = ["-filter_complex", "split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse"]
    ffmpeg("-f", "lavfi", "-i", source, *options, path)
    return path


def rgba_frames(path, size):
    """Every frame as the stock ffmpeg decodes it: R G B A of 0..255, of ProRes with fractions."""
    deep = ".prores." in str(path)
    raw = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-fps_mode", "passthrough", "-sws_flags",
                          "accurate_rnd+full_chroma_int+full_chroma_inp", "-f", "rawvideo", "-pix_fmt",
                          "rgba64le" if deep else "rgba", "-"], check=True, capture_output=True).stdout
    values = [v / 257 for v in array.array("H", raw)] if deep else raw
    step = size[0] * size[1] * 4
    return [values[i:i + step] for i in range(0, len(values), step)]


def frame_times(path):
    """(starts, duration) of one play, exact, as ffprobe has them."""
    text = run("ffprobe", "-v", "error", "-show_entries", "stream=time_base:packet=pts,duration", "-of", "csv", path).stdout
    rows = [line.split(",") for line in text.splitlines()]
    tick = next(Fraction(r[1]) for r in rows if r[0] == "stream")
    packets = [(int(r[1]) * tick, int(r[2]) * tick) for r in rows if r[0] == "packet"]
    return [start - packets[0][0] for start, _ in packets], packets[-1][0] + packets[-1][1] - packets[0][0]


def frame_at(times, t):
    starts, duration = times
    t = t % duration
    return max(i for i, start in enumerate(starts) if start <= t)


def yuv(r, g, b):
    """BT.709: luma 0..1, chroma -1/2..1/2, of colours 0..1."""
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return y, (b - y) / 1.8556, (r - y) / 1.5748


class Canvas:
    """A picture composed in double precision: values are parts of the span, chroma of full size."""

    def __init__(self, width, height, colour):
        self.width, self.height = width, height
        self.pixels = [[yuv(*colour)] * width for _ in range(height)]

    def over(self, rgba, size, at, opacity=1.0):
        for y in range(size[1]):
            row = self.pixels[at[1] + y]
            for x in range(size[0]):
                i = (y * size[0] + x) * 4
                a = rgba[i + 3] / 255 * opacity
                if a == 0:
                    continue
                top = yuv(rgba[i] / 255, rgba[i + 1] / 255, rgba[i + 2] / 255)
                row[at[0] + x] = tuple(a * s + (1 - a) * d for s, d in zip(top, row[at[0] + x]))

    def worst(self, planes, depth=8):
        """The largest difference to a frame's planes, in codes."""
        scale = 1 << (depth - 8)
        worst = 0.0
        luma, u, v = planes
        for y in range(self.height):
            for x in range(self.width):
                worst = max(worst, abs(luma[y * self.width + x] - (16 + 219 * self.pixels[y][x][0]) * scale))
        for y in range(self.height // 2):
            for x in range(self.width // 2):
                four = [self.pixels[2 * y + j][2 * x + i] for j in (0, 1) for i in (0, 1)]
                for plane, k in ((u, 1), (v, 2)):
                    want = (128 + 224 * sum(p[k] for p in four) / 4) * scale
                    worst = max(worst, abs(plane[y * self.width // 2 + x] - want))
        return worst


def raw_frames(data, width, height, depth=8):
    """The planes of each frame of a YUV4MPEG2 file's bytes."""
    kind = "H" if depth > 8 else "B"
    bytes_each = 2 if depth > 8 else 1
    step = width * height * 3 // 2 * bytes_each
    at = data.index(b"\n") + 1
    frames = []
    while at < len(data):
        at += len(b"FRAME\n")
        values = memoryview(data[at:at + step]).cast(kind)
        n = width * height
        frames.append((values[:n], values[n:n + n // 4], values[n + n // 4:]))
        at += step
    return frames


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def apng_file(size, frames):
    """An APNG of sub-pictures: frames are (x, y, w, h, rgba bytes, delay (num, den), dispose, blend)."""
    out = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0))
    out += png_chunk(b"acTL", struct.pack(">II", len(frames), 3))
    number = 0
    for k, (x, y, w, h, rgba, delay, dispose, blend) in enumerate(frames):
        out += png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, w, h, x, y, *delay, dispose, blend))
        number += 1
        rows = b"".join(b"\0" + rgba[i * w * 4:(i + 1) * w * 4] for i in range(h))
        data = zlib.compress(rows)
        if k == 0:
            out += png_chunk(b"IDAT", data)
        else:
            out += png_chunk(b"fdAT", struct.pack(">I", number) + data)
            number += 1
    return out + png_chunk(b"IEND", b"")


def apng_pictures(size, frames):
    """What an APNG shows, frame by frame, composed as its specification says."""
    width, height = size
    canvas = bytearray(width * height * 4)
    pictures = []
    for k, (x, y, w, h, rgba, _, dispose, blend) in enumerate(frames):
        before = bytes(canvas)
        for j in range(h):
            for i in range(w):
                at, src = ((y + j) * width + x + i) * 4, (j * w + i) * 4
                over = rgba[src:src + 4]
                if blend == 1 and over[3] < 255:
                    a, under = over[3], canvas[at:at + 4]
                    alpha = a * 255 + under[3] * (255 - a)
                    over = bytes([round((c * a * 255 + u * under[3] * (255 - a)) / alpha) if alpha else 0
                                  for c, u in zip(over[:3], under[:3])] + [round(alpha / 255)])
                canvas[at:at + 4] = over
        pictures.append(bytes(canvas))
        if dispose == 1 or (dispose == 2 and k == 0):
            for j in range(h):
                at = ((y + j) * width + x) * 4
                canvas[at:at + w * 4] = bytes(w * 4)
        elif dispose == 2:
            canvas = bytearray(before)
    return pictures
