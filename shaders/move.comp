#version 460
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

// fill, copy, rotate and mask: whatever needs nothing but its own source. A cluster writes eight words of sixteen rows.
layout(constant_id = 3) const int kKinds = 15;  // bits of the kinds that this dispatch has

const int kFill = 0, kCopy = 1, kRotate = 2, kMask = 3;
const int kStripRows = 16;

bool has(int kind) { return (kKinds & (1 << kind)) != 0; }

struct Job {
  int kind, dst, absolute, dst_stride, first_byte, end_byte, height, window, across;
};

// ---- mask: coverage of a rounded rect, in 1/64 samples; see kernels/README.md

struct Shape {
  int x, y, w, h, radius;
};

int overlap(int x, int start, int size) { return clamp(min(x + 64, start + size) - max(x, start), 0, 64); }

// How far a position lies beyond the straight part of an edge pair, into a corner; 0 or less: not.
int into_corner(int at_, int start, int size, int radius) {
  return max(start + radius - at_, at_ - (start + size - radius));
}

// a * a + b * b <= c * c, all of at most 20 bits
bool no_longer(int a, int b, int c) {
  uint a_high, a_low, b_high, b_low, c_high, c_low, carry;
  umulExtended(uint(a), uint(a), a_high, a_low);
  umulExtended(uint(b), uint(b), b_high, b_low);
  umulExtended(uint(c), uint(c), c_high, c_low);
  const uint low = uaddCarry(a_low, b_low, carry), high = a_high + b_high + carry;
  return high < c_high || (high == c_high && low <= c_low);
}

bool inside(Shape s, int x, int y) {
  if (x < s.x || x >= s.x + s.w || y < s.y || y >= s.y + s.h) return false;
  const int dx = into_corner(x, s.x, s.w, s.radius), dy = into_corner(y, s.y, s.h, s.radius);
  return dx <= 0 || dy <= 0 || no_longer(dx, dy, s.radius);
}

int coverage(Shape s, int px, int py) {
  const int x = px * 64, y = py * 64;
  const int cx = max(into_corner(x, s.x, s.w, s.radius), into_corner(x + 64, s.x, s.w, s.radius));
  const int cy = max(into_corner(y, s.y, s.h, s.radius), into_corner(y + 64, s.y, s.h, s.radius));
  const bool straight = s.radius == 0 || cx <= 0 || cy <= 0;
  const bool solid = inside(s, x, y) && inside(s, x + 64, y) && inside(s, x, y + 64) && inside(s, x + 64, y + 64);
  const int tries = straight || solid ? 0 : 64;
  int count = 0;
  [[dont_unroll]] for (int i = 0; i < tries; ++i) {
    count += inside(s, x + 4 + 8 * (i & 7), y + 4 + 8 * (i >> 3)) ? 1 : 0;
  }
  if (straight) return (overlap(x, s.x, s.w) * overlap(y, s.y, s.h) * 255 + 2048) >> 12;
  return solid ? 255 : (count * 255 + 32) >> 6;
}

int chroma_coverage(Shape s, int x, int y, int width, int height) {
  int sum = 2;
  [[dont_unroll]] for (int i = 0; i < 4; ++i) {
    sum += coverage(s, min(2 * x + (i & 1), width - 1), min(2 * y + (i >> 1), height - 1));
  }
  return sum >> 2;
}

// ----

uint copied(int address) {
  const uint shift = uint(address & 3) * 8u;
  return (at(address >> 2) >> shift) | ((at((address >> 2) + 1) << 1) << (31u - shift));
}

uint rotated(int address, int step, int bytes) {
  uint word = 0u;
  [[unroll]] for (int i = 0; i < 4; ++i) {
    if (i >= 4 / bytes) break;
    const int sample_at = address + i * step;
    const uint bits = at(sample_at >> 2) >> (uint(sample_at & 3) * 8u);
    word |= bytes == 1 ? (bits & 255u) << (8 * i) : (bits & 0xffffu) << (16 * (i & 1));
  }
  return word;
}

uint masked(uint b, uint c, int column, int y) {
  const Shape shape = Shape(int(handed(b, 1u)), int(handed(b, 2u)), int(handed(b, 3u)), int(handed(b, 4u)),
                            int(handed(b, 5u)));
  const int width = int(handed(b, 6u)), height = int(handed(b, 7u)), chroma = int(handed(c, 0u));
  const int x = int(handed(c, 1u)) + 4 * column, top = int(handed(c, 2u)) + y;
  uint word = 0u;
  [[dont_unroll]] for (int i = 0; i < 4; ++i) {
    const int v = chroma != 0 ? chroma_coverage(shape, x + i, top, width, height) : coverage(shape, x + i, top);
    word |= uint(v) << (8 * i);
  }
  return word;
}

void main() {
  const Item item = work_item();
  const uint a = of_plan(item.job + int(lane)), b = of_plan(item.job + 8 + int(lane));
  const uint c = of_plan(item.job + 16 + int(lane));
  const Job job = Job(int(handed(a, 0u)), int(handed(a, 1u)), int(handed(a, 2u)), int(handed(a, 3u)), int(handed(a, 4u)),
                      int(handed(a, 5u)), int(handed(a, 6u)), int(handed(a, 7u)), int(handed(b, 0u)));
  const int strip = item.cluster / job.across;
  const int column = (item.cluster - strip * job.across) * 8 + int(lane);
  const int y0 = strip * kStripRows, y1 = min(y0 + kStripRows, job.height);
  // What an operation of the kind says; the others' are not looked at.
  const uint value = handed(b, 1u);
  const int source = int(handed(b, 1u)), source_stride = int(handed(b, 2u)), step = int(handed(b, 3u)),
            bytes = int(handed(b, 4u));
  const uint mask = covered(column, job.first_byte, job.end_byte);
  [[dont_unroll]] for (int y = y0; y < y1; ++y) {
    uint word = value;
    if (has(kCopy)) {
      const uint v = copied(source + y * source_stride + 4 * column);
      word = job.kind == kCopy ? v : word;
    }
    if (has(kRotate)) {
      const uint v = rotated(source + y * source_stride + (4 / max(bytes, 1)) * column * step, step, max(bytes, 1));
      word = job.kind == kRotate ? v : word;
    }
    if (has(kMask)) {
      const uint v = job.kind == kMask ? masked(b, c, column, y) : 0u;
      word = job.kind == kMask ? v : word;
    }
    const int offset = y * job.dst_stride + column;
    put(job.window, job.dst + offset, job.absolute + offset, word, mask);
  }
}
