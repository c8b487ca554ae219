#version 460
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

// blend: premultiplied over, all blends on a plane in their order. A cluster owns eight words of sixteen rows of a
// destination and applies to four rows at a time every blend that touches them, so each is read and written once.
layout(constant_id = 3) const int kWide = 0;   // 16 bit samples of 10 bits, else bytes
layout(constant_id = 4) const int kAlphas = 1;  // whether any source has alpha
layout(constant_id = 5) const int kMasks = 1;   // whether any blend has a mask

const int kStripRows = 16;
const int kRows = 4;
const uint kMax = kWide == 0 ? 255u : 1023u;
const int kSamples = kWide == 0 ? 4 : 2;  // in a word
const int kBits = kWide == 0 ? 8 : 16;
const uint kDepth = kWide == 0 ? 8u : 10u;

struct Blend {
  int src, src_stride, alpha, alpha_stride, mask, mask_stride, left, right, top, bottom, opacity, offset, chroma,
      alpha_width, alpha_height;
};

uint sample_of(uint word, int i) { return (word >> (kBits * i)) & kMax; }

// round(v / max) for 0 <= v <= max * max
uint divided(uint v) {
  const uint t = v + (1u << (kDepth - 1u));
  return (t + (t >> kDepth)) >> kDepth;
}

uint weight_of(uint opacity, uint coverage) {
  const uint wide = kWide == 0 ? coverage : (coverage << 2 | coverage >> 6);
  return (opacity * wide + 512u) >> 10;
}

// Masks change nothing: they say to compilers how narrow the factors are.
uint blended(uint src, uint alpha, uint weight, uint dst, uint offset) {
  const uint w = weight & kMax, left = (kMax - w) & kMax;
  const uint a = kAlphas == 0 ? w : divided(alpha * w) & kMax;
  const uint s = divided(src * w + offset * left);
  const uint below = divided(((kMax - a) & kMax) * dst + a * offset);
  return uint(clamp(int(s + below) - int(offset), 0, int(kMax)));
}

Blend read_blend(int at_word) {
  const uint a = of_plan(at_word + int(lane)), b = of_plan(at_word + 8 + int(lane));
  return Blend(int(handed(a, 0u)), int(handed(a, 1u)), int(handed(a, 2u)), int(handed(a, 3u)), int(handed(a, 4u)),
               int(handed(a, 5u)), int(handed(a, 6u)), int(handed(a, 7u)), int(handed(b, 0u)), int(handed(b, 1u)),
               int(handed(b, 2u)), int(handed(b, 3u)), int(handed(b, 4u)), int(handed(b, 5u)), int(handed(b, 6u)));
}

// Sums of neighbours in a word, two of 8 bits or one of 16 a result's half; where `right` is 0 the left one counts twice.
uint pair_sums(uint v, uint right) {
  if (kWide != 0) return (v & kMax) + ((right != 0u ? v >> 16 : v) & kMax);
  const uint even = v & 0x00ff00ffu, odd = (v >> 8) & 0x00ff00ffu;
  return even + ((odd & right) | (even & ~right));
}

// The alphas of a word's samples: a luma plane's own, or the rounded means of 2x2.
uint alphas(Blend p, int column, int y) {
  if (kAlphas == 0) return 0xffffffffu;
  const bool chroma = p.chroma != 0;
  const int first_row = chroma ? min(2 * y, p.alpha_height - 1) : y;
  const int second_row = chroma ? min(2 * y + 1, p.alpha_height - 1) : y;
  const int word = chroma ? 2 * column : column;
  const int first = p.alpha + first_row * p.alpha_stride + word, second = p.alpha + second_row * p.alpha_stride + word;
  const uint own = at(first);
  // Beyond an odd edge the edge counts. Words hold luma samples from here on:
  const int samples = p.alpha_width - 2 * column * kSamples;
  const uint right0 = (samples > 1 ? 0x0000ffffu : 0u) | (samples > 3 ? 0xffff0000u : 0u);
  const uint right1 = kWide != 0 ? (samples > 3 ? 1u : 0u) : (samples > 5 ? 0x0000ffffu : 0u) | (samples > 7 ? 0xffff0000u : 0u);
  uint mean;
  if (kWide == 0) {
    const uint sum0 = pair_sums(own, right0) + pair_sums(at(second), right0) + 0x00020002u;
    const uint sum1 = pair_sums(at(first + 1), right1) + pair_sums(at(second + 1), right1) + 0x00020002u;
    const uint mean0 = (sum0 >> 2) & 0x00ff00ffu, mean1 = (sum1 >> 2) & 0x00ff00ffu;
    mean = ((mean0 | mean0 >> 8) & 0xffffu) | (mean1 | mean1 >> 8) << 16;
  } else {
    const uint left0 = samples > 1 ? 1u : 0u;
    const uint sum0 = pair_sums(own, left0) + pair_sums(at(second), left0) + 2u;
    const uint sum1 = pair_sums(at(first + 1), right1) + pair_sums(at(second + 1), right1) + 2u;
    mean = sum0 >> 2 | (sum1 >> 2) << 16;
  }
  const uint found = chroma ? mean : own;
  return p.alpha == 0 ? 0xffffffffu : found;
}

// The coverages of a word's samples, a byte each.
uint coverages(Blend p, int column, int y) {
  if (kMasks == 0) return 0xffffffffu;
  const int sample_at = column * kSamples;
  const uint found = at(p.mask + y * p.mask_stride + (sample_at >> 2)) >> (uint(sample_at & 3) * 8u);
  return p.mask == 0 ? 0xffffffffu : found;
}

void main() {
  const Item item = work_item();
  const uint a = of_plan(item.job + int(lane));
  const int dst = int(handed(a, 0u)), absolute = int(handed(a, 1u)), stride = int(handed(a, 2u)),
            window = int(handed(a, 3u)), tiles = int(handed(a, 4u)), end_row = int(handed(a, 5u)),
            tile_count = int(handed(a, 6u));
  const uint b = of_plan(tiles + 4 * min(item.cluster, tile_count - 1) + int(lane & 3u));
  const int column = int(handed(b, 0u) + lane), y0 = int(handed(b, 1u)), list = int(handed(b, 2u));
  const int y1 = min(y0 + kStripRows, end_row);
  const int count = item.cluster < tile_count ? int(handed(b, 3u)) : 0;
  [[dont_unroll]] for (int y = y0; y < y1; y += kRows) {
    uint words[kRows], masks[kRows];
    [[unroll]] for (int r = 0; r < kRows; ++r) {
      words[r] = at(absolute + (y + r) * stride + column);
      masks[r] = 0u;
    }
    [[dont_unroll]] for (int k = 0; k < count; ++k) {
      const Blend p = read_blend(int(of_plan(list + k)));
      const uint mask = covered(column, p.left << kWide, p.right << kWide);
      [[unroll]] for (int r = 0; r < kRows; ++r) {
        const int row = y + r;
        const uint touched = row >= p.top && row < p.bottom && row < y1 ? mask : 0u;
        const uint source = at(p.src + row * p.src_stride + column);
        const uint alpha = alphas(p, column, row), coverage = coverages(p, column, row);
        uint result = 0u;
        [[unroll]] for (int i = 0; i < kSamples; ++i) {
          const uint weight = weight_of(uint(p.opacity) & 2047u, (coverage >> (8 * i)) & 255u);
          result |= blended(sample_of(source, i), sample_of(alpha, i), weight, sample_of(words[r], i), uint(p.offset) & kMax)
                    << (kBits * i);
        }
        words[r] = (words[r] & ~touched) | (result & touched);
        masks[r] |= touched;
      }
    }
    [[unroll]] for (int r = 0; r < kRows; ++r) {
      const int offset = (y + r) * stride + column;
      put(window, dst + offset, absolute + offset, words[r], masks[r]);
    }
  }
}
