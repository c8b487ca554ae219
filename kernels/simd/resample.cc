#include "kernels/simd/resample.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>

namespace tessera::kernels::simd {
namespace {

// Windows reach at most so many samples beyond the last tap: 64 words and what the taps' rounding adds.
constexpr int kMostReach = 128;

constexpr size_t align64(size_t n) { return (n + 63) / 64 * 64; }

int first_sample(const TapTable& t) { return t.first[0]; }
int samples(const TapTable& t) { return t.first[t.outputs - 1] + t.size - t.first[0]; }

/// How the scratch is used: four unpacked source rows, the ring of row pairs, pointers to the ring twice over (so that
/// any run of neighbours in the ring is a run of pointers), the taps of one output row two by two.
struct Layout {
  size_t row_bytes, pair_bytes, ring;

  explicit Layout(const ResampleParams& p)
      : row_bytes(align64(static_cast<size_t>(samples(p.x) + std::max(p.x.stride, kMostReach)) * sizeof(uint16_t))),
        pair_bytes(static_cast<size_t>((p.rect.w + kColumns - 1) / kColumns * kColumns) * sizeof(RowPair)),
        ring(std::bit_ceil(static_cast<size_t>(p.y.size) / 2 + 2)) {}

  size_t rows() const { return 0; }
  size_t pairs() const { return kRowsAtATime * row_bytes; }
  size_t pointers() const { return pairs() + ring * pair_bytes; }
  size_t taps() const { return pointers() + align64(2 * ring * sizeof(RowPair*)); }
  size_t end() const { return taps() + align64(ring * sizeof(uint32_t)); }
};

template <class From, class To>
void unpack(uint8_t* out_bytes, const ConstPlane& plane, int y, int first, int count) {
  To* __restrict out = reinterpret_cast<To*>(out_bytes);
  const From* __restrict in =
      reinterpret_cast<const From*>(plane.data + y * plane.stride) + static_cast<ptrdiff_t>(first) * plane.step;
  const int shift = plane.msb_shift;
  if (sizeof(From) == sizeof(To) && plane.step == 1 && shift == 0) {
    std::memcpy(out, in, static_cast<size_t>(count) * sizeof(From));
  } else if (plane.step == 1) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<To>(in[x] >> shift);
  } else if (plane.step == 2) {
    for (int x = 0; x < count; ++x) out[x] = static_cast<To>(in[2 * x] >> shift);
  } else {
    for (int x = 0; x < count; ++x) out[x] = static_cast<To>(in[static_cast<ptrdiff_t>(x) * plane.step] >> shift);
  }
}

/// The horizontal pass over four rows at a time, into a ring of as many row pairs as one output row reads.
class Ring {
 public:
  Ring(const RowKernels& kernels, const ResampleParams& p, const TapLayout& layout, uint8_t* scratch)
      : kernels_(kernels), p_(p), table_(layout), sizes_(p), scratch_(scratch) {
    pointers_ = reinterpret_cast<RowPair**>(scratch + sizes_.pointers());
    for (size_t i = 0; i < 2 * sizes_.ring; ++i)
      pointers_[i] = reinterpret_cast<RowPair*>(scratch + sizes_.pairs() + i % sizes_.ring * sizes_.pair_bytes);
    bytes_ = p.src.depth > 8 ? 2 : 1;
    const int reach = kernels.reach(layout, bytes_);
    windows_ = reach > 0;
    direct_ = windows_ && p.src.step == 1 && p.src.msb_shift == 0;
    if (!direct_) return;
    row_blocks_ = layout.blocks;
    while (row_blocks_ > 0 && first_of(row_blocks_ - 1) + reach > p.src.width) --row_blocks_;
    overreach_ = std::max(first_of(layout.blocks - 1) + reach - p.src.width, 0) * bytes_;
  }

  /// Makes pairs up to `end` (exclusive), beginning at `first` if none were made before.
  void make(int first, int end) {
    next_ = std::max(next_, first);
    while (next_ < end) {
      RowPair* const out[2] = {slot(next_)[0], slot(next_ + 1)[0]};
      filter(2 * next_, out);
      next_ += kRowsAtATime / 2;
    }
  }

  /// Pointers to a pair and those that follow it, up to the ring's size.
  RowPair* const* slot(int pair) const { return pointers_ + (static_cast<size_t>(pair) & (sizes_.ring - 1)); }
  uint32_t* taps() const { return reinterpret_cast<uint32_t*>(scratch_ + sizes_.taps()); }

 private:
  int first_of(int block) const { return table_.first.data()[block * (TapLayout::kBlock / TapLayout::kGroup)]; }

  void filter(int y, RowPair* const out[2]) {
    int at[kRowsAtATime];
    for (int i = 0; i < kRowsAtATime; ++i) at[i] = std::min(y + i, p_.src.height - 1);
    if (!windows_) {
      const SourceRows rows = unpacked(at, first_sample(p_.x), true);
      return kernels_.filter_any(rows, p_.x, out);
    }
    const auto filter_blocks = bytes_ == 1 ? kernels_.filter_bytes : kernels_.filter_words;
    const int direct = direct_blocks(at[kRowsAtATime - 1]);
    if (direct > 0) {
      SourceRows rows{{}, {}, 0, p_.src.depth};
      for (int i = 0; i < kRowsAtATime; ++i) {
        rows.rows[i] = row(at[i]);
        rows.ahead[i] = row(std::min(y + i + kRowsAtATime, p_.src.height - 1));
      }
      filter_blocks(rows, table_, 0, direct, out);
    }
    // Near the plane's end windows would reach beyond it: these blocks read a copy.
    if (direct < table_.blocks)
      filter_blocks(unpacked(at, first_of(direct), false), table_, direct, table_.blocks, out);
  }

  const uint8_t* row(int y) const { return p_.src.data + y * p_.src.stride; }

  /// How many blocks may read the plane itself in rows up to `last`. A window may reach into the row that lies behind
  /// in memory, not beyond the plane's memory.
  int direct_blocks(int last) const {
    if (!direct_) return 0;
    const ptrdiff_t behind = p_.src.stride > 0 ? (p_.src.height - 1 - last) * p_.src.stride : 0;
    return overreach_ <= behind ? table_.blocks : row_blocks_;
  }

  SourceRows unpacked(const int (&at)[kRowsAtATime], int first, bool as_words) {
    SourceRows rows{{}, {}, first, p_.src.depth};
    const int count = first_sample(p_.x) + samples(p_.x) - first;
    for (int i = 0; i < kRowsAtATime; ++i) {
      uint8_t* out = scratch_ + sizes_.rows() + static_cast<size_t>(i) * sizes_.row_bytes;
      rows.rows[i] = out;
      if (i > 0 && at[i] == at[i - 1]) {
        rows.rows[i] = rows.rows[i - 1];
      } else if (bytes_ == 2) {
        unpack<uint16_t, uint16_t>(out, p_.src, at[i], first, count);
      } else if (as_words) {
        unpack<uint8_t, uint16_t>(out, p_.src, at[i], first, count);
      } else {
        unpack<uint8_t, uint8_t>(out, p_.src, at[i], first, count);
      }
      rows.ahead[i] = rows.rows[i];
    }
    return rows;
  }

  const RowKernels& kernels_;
  const ResampleParams& p_;
  const TapLayout& table_;
  Layout sizes_;
  uint8_t* scratch_;
  RowPair** pointers_;
  int bytes_ = 1;
  bool windows_ = false, direct_ = false;
  int row_blocks_ = 0;       ///< so many blocks' windows end inside the row
  ptrdiff_t overreach_ = 0;  ///< bytes that the last block's window reaches beyond the row
  int next_ = 0;             ///< the pair after the last made
};

/// The taps of an output row two by two, beginning with an even row. Gives how many pairs there are.
int pair_up(uint32_t* out, const int16_t* taps, int first, int size) {
  const int lead = first & 1, pairs = (size + lead + 1) / 2;
  out[0] = out[pairs - 1] = 0;
  std::memcpy(reinterpret_cast<uint8_t*>(out) + 2 * lead, taps, static_cast<size_t>(size) * sizeof(int16_t));
  return pairs;
}

}  // namespace

size_t resample_scratch(const RowKernels&, const ResampleParams& p) { return Layout(p).end(); }

void resample(const RowKernels& kernels, const ResampleParams& p, int row0, int row1, uint8_t* scratch) {
  assert(p.x.outputs == p.rect.w && p.y.outputs == p.rect.h);
  std::optional<TapLayout> made;
  const TapLayout& layout = p.x.layout != nullptr ? *p.x.layout : made.emplace(p.x);
  Ring ring(kernels, p, layout, scratch);
  const bool full_scale = p.full_scale && p.src.depth < p.dst.depth;
  for (int row = row0; row < row1; ++row) {
    const int first = p.y.first[row];
    const int pairs = pair_up(ring.taps(), p.y.taps + static_cast<ptrdiff_t>(row) * p.y.stride, first, p.y.size);
    ring.make(first / 2, first / 2 + pairs);
    const RowPair* const* rows = ring.slot(first / 2);
    uint8_t* out = p.dst.data + (p.rect.y + row) * p.dst.stride;
    if (p.dst.depth > 8) {
      kernels.vertical10(reinterpret_cast<uint16_t*>(out) + p.rect.x, rows, ring.taps(), pairs, p.rect.w, full_scale);
    } else {
      kernels.vertical8(out + p.rect.x, rows, ring.taps(), pairs, p.rect.w);
    }
  }
}

}  // namespace tessera::kernels::simd
