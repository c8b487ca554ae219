#include "kernels/ref/resample.h"

#include <array>
#include <cassert>

#include "kernels/ref/plane.h"
#include "kernels/ref/ref.h"

namespace tessera::kernels::ref {
namespace {

// Columns worked off at a time by the vertical pass: their accumulators stay in the first-level cache.
constexpr int kPiece = 512;

constexpr size_t align64(size_t n) { return (n + 63) / 64 * 64; }

/// Source samples a horizontal pass reads: first and number.
struct Reach {
  int first, count;
};

Reach reach_of(const TapTable& t) { return {t.first[0], t.first[t.outputs - 1] + t.size - t.first[0]}; }

/// Scratch: one source row as int16 with room for padded taps, then the ring of filtered rows.
struct Layout {
  size_t source_bytes, row_bytes;
};

Layout layout_of(const ResampleParams& p) {
  const auto reach = static_cast<size_t>(reach_of(p.x).count + p.x.stride);
  return {align64(reach * sizeof(int16_t)), align64(static_cast<size_t>(p.rect.w) * sizeof(int16_t))};
}

template <class T>
void widen(int16_t* __restrict out, const ConstPlane& plane, int y, Reach reach) {
  const T* __restrict in = row_of<T>(plane, y) + static_cast<ptrdiff_t>(reach.first) * plane.step;
  const int count = reach.count, shift = plane.msb_shift;
  if (plane.step == 1 && shift == 0) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<int16_t>(in[x]);
  } else if (plane.step == 2) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<int16_t>(in[2 * x] >> shift);
  } else {
    for (int x = 0; x < count; ++x) out[x] = static_cast<int16_t>(in[static_cast<ptrdiff_t>(x) * plane.step] >> shift);
  }
}

/// A multiple of 8 taps an output. Not unrolled, so that the compiler sees one multiply-add of int16 pairs a step.
template <int kStride>
void horizontal(int16_t* __restrict out, const int16_t* __restrict in, const TapTable& t, int depth) {
  const int32_t* __restrict first = t.first;
  const int16_t* __restrict taps = t.taps;
  const int stride = kStride == 0 ? t.stride : kStride, outputs = t.outputs, base = t.first[0];
  for (int x = 0; x < outputs; ++x, taps += stride) {
    const int16_t* __restrict s = in + (first[x] - base);
    int32_t sum = 0;
#pragma GCC unroll 1
    for (int k = 0; k < stride; ++k) sum += s[k] * taps[k];
    out[x] = finish_horizontal(sum, depth);
  }
}

void filter_row(int16_t* out, const int16_t* in, const TapTable& t, int depth) {
  if (t.size == 1) {  // one tap is 1: the sum is the sample
    for (int x = 0; x < t.outputs; ++x)
      out[x] = static_cast<int16_t>(in[t.first[x] - t.first[0]] << (kMiddleBits - depth));
    return;
  }
  switch (t.stride) {
    case 8:
      return horizontal<8>(out, in, t, depth);
    case 16:
      return horizontal<16>(out, in, t, depth);
    case 24:
      return horizontal<24>(out, in, t, depth);
    default:
      return horizontal<0>(out, in, t, depth);
  }
}

/// Adds kRows filtered rows, weighed, to the accumulators.
template <int kRows>
void accumulate(int32_t* __restrict sum, const int16_t* const* rows, const int16_t* taps, int count) {
  std::array<const int16_t*, kRows> row;
  std::array<int16_t, kRows> tap;
  for (size_t k = 0; k < kRows; ++k) {
    row[k] = rows[k];
    tap[k] = taps[k];
  }
  for (int x = 0; x < count; ++x) {
    int32_t s = sum[x];
    for (size_t k = 0; k < kRows; ++k) s += tap[k] * row[k][x];
    sum[x] = s;
  }
}

void accumulate_some(int32_t* sum, const int16_t* const* rows, const int16_t* taps, int number, int count) {
  switch (number) {
    case 1:
      return accumulate<1>(sum, rows, taps, count);
    case 2:
      return accumulate<2>(sum, rows, taps, count);
    case 3:
      return accumulate<3>(sum, rows, taps, count);
    case 4:
      return accumulate<4>(sum, rows, taps, count);
    case 5:
      return accumulate<5>(sum, rows, taps, count);
    case 6:
      return accumulate<6>(sum, rows, taps, count);
    case 7:
      return accumulate<7>(sum, rows, taps, count);
    default:
      return accumulate<8>(sum, rows, taps, count);
  }
}

template <class T, int kDepth>
void store(T* __restrict out, const int32_t* __restrict sum, int count, bool full_scale) {
  if (full_scale) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<T>(complete_scale(finish_vertical(sum[x], kDepth)));
  } else {
    for (int x = 0; x < count; ++x) out[x] = static_cast<T>(finish_vertical(sum[x], kDepth));
  }
}

/// The rows a vertical pass needs, filtered horizontally once each and kept in a ring of as many as one output reads.
class Ring {
 public:
  Ring(const ResampleParams& p, uint8_t* scratch)
      : p_(p),
        layout_(layout_of(p)),
        source_(reinterpret_cast<int16_t*>(scratch)),
        rows_(scratch + layout_.source_bytes) {}

  /// Makes rows up to `end` (exclusive), beginning at `first` if none were made before.
  void make(int first, int end) {
    next_ = std::max(next_, first);
    const Reach reach = reach_of(p_.x);
    for (; next_ < end; ++next_) {
      with_sample(p_.src.depth, [&](auto sample) { widen<decltype(sample)>(source_, p_.src, next_, reach); });
      filter_row(slot(next_), source_, p_.x, p_.src.depth);
    }
  }

  int16_t* slot(int y) const {
    return reinterpret_cast<int16_t*>(rows_ + static_cast<size_t>(y % p_.y.size) * layout_.row_bytes);
  }

 private:
  const ResampleParams& p_;
  Layout layout_;
  int16_t* source_;
  uint8_t* rows_;
  int next_ = -1;
};

template <class T, int kDepth>
void vertical(const ResampleParams& p, int row, const Ring& ring) {
  const int16_t* taps = p.y.taps + static_cast<ptrdiff_t>(row) * p.y.stride;
  T* out = row_of<T>(p.dst, p.rect.y + row) + p.rect.x;
  std::array<int32_t, kPiece> sum;
  for (int x = 0; x < p.rect.w; x += kPiece) {
    const int count = std::min(kPiece, p.rect.w - x);
    std::fill_n(sum.data(), count, 0);
    for (int k = 0; k < p.y.size; k += 8) {
      const int number = std::min(8, p.y.size - k);
      std::array<const int16_t*, 8> rows{};
      for (int j = 0; j < number; ++j) rows[static_cast<size_t>(j)] = ring.slot(p.y.first[row] + k + j) + x;
      accumulate_some(sum.data(), rows.data(), taps + k, number, count);
    }
    store<T, kDepth>(out + x, sum.data(), count, p.full_scale && p.src.depth < kDepth);
  }
}

}  // namespace

size_t resample_scratch(const ResampleParams& p) {
  const Layout layout = layout_of(p);
  return layout.source_bytes + static_cast<size_t>(p.y.size) * layout.row_bytes;
}

void resample(const ResampleParams& p, int row0, int row1, uint8_t* scratch) {
  assert(p.x.outputs == p.rect.w && p.y.outputs == p.rect.h);
  Ring ring(p, scratch);
  for (int row = row0; row < row1; ++row) {
    ring.make(p.y.first[row], p.y.first[row] + p.y.size);
    if (p.dst.depth > 8) {
      vertical<uint16_t, 10>(p, row, ring);
    } else {
      vertical<uint8_t, 8>(p, row, ring);
    }
  }
}

}  // namespace tessera::kernels::ref
