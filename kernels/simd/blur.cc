#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/blur.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "kernels/ref/blur.h"
#include "kernels/simd/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

using DU32 = hn::RebindToUnsigned<D32>;
using DU64 = hn::RepartitionToWide<DU32>;
using DHalf = hn::Rebind<uint16_t, DU32>;
using VU32 = hn::VFromD<DU32>;
constexpr int kSums = kSamples / 2;  ///< of a vector
constexpr int kBoxes = 3;

/// ref::box_mean() of a vector of sums, stored.
class Mean {
 public:
  explicit Mean(int radius) : reciprocal_(hn::Set(DU32(), ref::box_reciprocal(radius))) {}
  HWY_INLINE void store(VU32 sums, uint16_t* out) const {
    const DU64 d64;
    const auto half = hn::Set(d64, uint64_t{1} << 31);
    const auto even = hn::Add(hn::MulEven(sums, reciprocal_), half);
    const VU32 upper = hn::BitCast(DU32(), hn::ShiftRight<32>(hn::BitCast(d64, sums)));
    const auto odd = hn::Add(hn::MulEven(upper, reciprocal_), half);
    const auto low = hn::ShiftRight<32>(even), high = hn::And(odd, hn::Set(d64, 0xffffffff00000000u));
    hn::StoreU(hn::DemoteTo(DHalf(), hn::BitCast(D32(), hn::Or(low, high))), DHalf(), out);
  }

 private:
  VU32 reciprocal_;
};

HWY_INLINE VU32 widened(const uint16_t* p) { return hn::PromoteTo(DU32(), hn::LoadU(DHalf(), p)); }

/// Blurs rows: each box from the differences of the sums of all values before.
class Across {
 public:
  Across(int width, int radius, uint32_t* sums, uint16_t* line)
      : width_(width), radius_(radius), sums_(sums), line_(line), mean_(radius) {}
  static size_t sums_needed(int width, int radius) { return static_cast<size_t>(width + 2 * radius + 1 + kSamples); }

  /// Where the values of the next row go.
  uint16_t* values() { return line_ + radius_; }

  void blur(uint16_t* out) {
    for (int box = 0; box < kBoxes; ++box) {
      std::fill_n(line_, radius_, values()[0]);
      std::fill_n(values() + width_, radius_, values()[width_ - 1]);
      sum_up();
      for (int x = 0; x < width_; x += kSums) {
        const DU32 d;
        mean_.store(hn::Sub(hn::LoadU(d, sums_ + x + 2 * radius_ + 1), hn::LoadU(d, sums_ + x)), values() + x);
      }
    }
    std::copy_n(values(), width_, out);
  }

 private:
  /// sums_[i] is the sum of line_[0 .. i).
  void sum_up() {
    const hn::Full128<uint32_t> d;
    const hn::Rebind<uint16_t, hn::Full128<uint32_t>> d16;
    auto before = hn::Zero(d);
    sums_[0] = 0;
    for (int i = 0; i < width_ + 2 * radius_; i += 4) {
      auto v = hn::PromoteTo(d, hn::LoadU(d16, line_ + i));
      v = hn::Add(v, hn::ShiftLeftLanes<1>(d, v));
      v = hn::Add(v, hn::ShiftLeftLanes<2>(d, v));
      v = hn::Add(v, before);
      hn::StoreU(v, d, sums_ + 1 + i);
      before = hn::Broadcast<3>(v);
    }
  }

  int width_, radius_;
  uint32_t* sums_;
  uint16_t* line_;
  Mean mean_;
};

/// One blur of columns: gives row after row from a ring of the rows that its box reaches.
class Down {
 public:
  Down(int width, int height, int radius, uint32_t* sums, uint16_t* ring, ptrdiff_t pitch)
      : width_(width), height_(height), radius_(radius), sums_(sums), ring_(ring), pitch_(pitch), mean_(radius) {}
  static int rows_needed(int height, int radius) { return std::min(2 * radius + 2, height); }

  /// Row y, which is 1 more than that of the call before. `pull(row, memory)` gives the rows that go in, in turn.
  template <class F>
  void row(int y, uint16_t* out, const F& pull) {
    if (next_ < 0) next_ = std::max(y - radius_, 0);
    for (; next_ <= std::min(y + radius_, height_ - 1); ++next_) pull(next_, at(next_));
    if (started_) return move(at(y + radius_), at(y - radius_ - 1), out);
    start(y);
    for (int x = 0; x < width_; x += kSums) mean_.store(hn::LoadU(DU32(), sums_ + x), out + x);
  }

 private:
  uint16_t* at(int y) const { return ring_ + pitch_ * (std::clamp(y, 0, height_ - 1) % rows_needed(height_, radius_)); }
  void start(int y) {
    started_ = true;
    std::fill_n(sums_, pitch_, 0u);
    for (int i = y - radius_; i <= y + radius_; ++i) {
      const uint16_t* values = at(i);
      for (int x = 0; x < width_; x += kSums)
        hn::StoreU(hn::Add(hn::LoadU(DU32(), sums_ + x), widened(values + x)), DU32(), sums_ + x);
    }
  }
  void move(const uint16_t* more, const uint16_t* less, uint16_t* out) {
    const DU32 d;
    for (int x = 0; x < width_; x += kSums) {
      const VU32 sum = hn::Add(hn::LoadU(d, sums_ + x), hn::Sub(widened(more + x), widened(less + x)));
      hn::StoreU(sum, d, sums_ + x);
      mean_.store(sum, out + x);
    }
  }

  int width_, height_, radius_;
  uint32_t* sums_;
  uint16_t* ring_;
  ptrdiff_t pitch_;
  Mean mean_;
  int next_ = -1;  ///< the next row to take in
  bool started_ = false;
};

/// Rows in memory are this far apart: whole vectors, and one more.
int pitch_of(const BlurParams& p) { return (p.rect.w + 63) / 64 * 64 + 64; }

size_t sums_of(const BlurParams& p) { return (Across::sums_needed(p.rect.w, p.radius) + 127) / 64 * 64; }

/// The scratch: sums, of three blurs of columns and one of rows; then lines and rings of 16 bits.
template <class T>
class Blur {
 public:
  Blur(const BlurParams& p, uint8_t* scratch)
      : p_(p),
        pitch_(pitch_of(p)),
        sums_(reinterpret_cast<uint32_t*>(scratch)),
        words_(reinterpret_cast<uint16_t*>(sums_ + 3 * pitch_ + sums_of(p))),
        across_(p.rect.w, p.radius, sums_ + 3 * pitch_, words_ + 2 * pitch_),
        rings_(words_ + 2 * pitch_ + sums_of(p)),
        down_{stage(0), stage(1), stage(2)} {}

  void rows(int row0, int row1) {
    const int depth = p_.dst.depth;
    for (int y = row0; y < row1; ++y) {
      blurred<2>(y, words_);
      T* out = ref::row_of<T>(p_.dst, p_.rect.y + y) + p_.rect.x;
      for (int x = 0; x < p_.rect.w; ++x) out[x] = static_cast<T>(ref::narrow(words_[x], depth));
    }
  }

 private:
  Down stage(int i) {
    const int rows = Down::rows_needed(p_.rect.h, p_.radius);
    return Down(p_.rect.w, p_.rect.h, p_.radius, sums_ + i * pitch_, rings_ + ptrdiff_t{i} * rows * pitch_, pitch_);
  }

  /// Row y after the blurs of columns 0 to kStage.
  template <int kStage>
  void blurred(int y, uint16_t* out) {
    if constexpr (kStage < 0) {
      const int depth = p_.dst.depth;
      uint16_t* values = across_.values();
      T* memory = reinterpret_cast<T*>(words_ + pitch_);
      const T* in = plain_line(memory, p_.src, p_.rect.x, p_.rect.y + y, p_.rect.w);
      for (int x = 0; x < p_.rect.w; ++x) values[x] = ref::widen(in[x], depth);
      across_.blur(out);
    } else {
      down_[kStage].row(y, out, [this](int row, uint16_t* memory) { blurred<kStage - 1>(row, memory); });
    }
  }

  const BlurParams& p_;
  ptrdiff_t pitch_;
  uint32_t* sums_;
  uint16_t* words_;  ///< two lines, then that of the blur of rows
  Across across_;
  uint16_t* rings_;
  Down down_[kBoxes];
};

}  // namespace

size_t blur_scratch(const BlurParams& p) {
  const auto pitch = static_cast<size_t>(pitch_of(p)),
             rows = static_cast<size_t>(Down::rows_needed(p.rect.h, p.radius));
  return sizeof(uint32_t) * (3 * pitch + sums_of(p)) + sizeof(uint16_t) * (2 * pitch + sums_of(p) + 3 * rows * pitch);
}

void blur(const BlurParams& p, int row0, int row1, uint8_t* scratch) {
  if (p.dst.depth > 8) {
    Blur<uint16_t>(p, scratch).rows(row0, row1);
  } else {
    Blur<uint8_t>(p, scratch).rows(row0, row1);
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
