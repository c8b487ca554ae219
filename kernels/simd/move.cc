#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd/move.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>

#include "kernels/ref/ref.h"
#include "kernels/ref/rotate.h"
#include "kernels/simd/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tessera::kernels::simd {
namespace HWY_NAMESPACE {
#if TESSERA_SIMD_HERE
namespace {

/// Turned in squares of so many samples, a row of one being 16 bytes.
template <class T>
constexpr int kSquare = 16 / static_cast<int>(sizeof(T));

template <class T>
using Square = hn::Full128<T>;

/// Rows become columns: interleaving row i with row i + n/2, log2(n) times.
template <class T>
HWY_INLINE void transpose(hn::VFromD<Square<T>>* rows) {
  constexpr int n = kSquare<T>;
  const Square<T> d;
  for (int size = n; size > 1; size /= 2) {
    hn::VFromD<Square<T>> next[n];
    for (int i = 0; i < n / 2; ++i) {
      next[2 * i] = hn::InterleaveLower(d, rows[i], rows[i + n / 2]);
      next[2 * i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + n / 2]);
    }
    for (int i = 0; i < n; ++i) rows[i] = next[i];
  }
}

/// The order of samples turned round.
template <class T>
HWY_INLINE hn::VFromD<Square<T>> reversed(hn::VFromD<Square<T>> v) {
  alignas(16) static constexpr uint8_t kBytes[16] = {15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  alignas(16) static constexpr uint8_t kWords[16] = {14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1};
  const hn::Full128<uint8_t> d8;
  const auto order = hn::Load(d8, sizeof(T) == 1 ? kBytes : kWords);
  return hn::BitCast(Square<T>(), hn::TableLookupBytes(hn::BitCast(d8, v), order));
}

template <class T>
class Turner {
 public:
  explicit Turner(const RotateParams& p) : p_(p) {
    const ref::Point at = from(0, 0), right = from(1, 0), down = from(0, 1);
    across_x_ = right.x - at.x, across_y_ = right.y - at.y;
    along_x_ = down.x - at.x, along_y_ = down.y - at.y;
  }

  /// Rows [y0, y1) of the turned plane, at least a square of columns. The last square may turn some samples again.
  void rows(int x0, int x1, int y0, int y1) const {
    constexpr int n = kSquare<T>;
    for (int x = x0; x < x1; x += n) {
      const int left = std::min(x, x1 - n);
      if (across_x_ == 0) {
        square(left, y0);
      } else {
        for (int y = y0; y < y1; ++y) piece(left, y);
      }
    }
  }

 private:
  ref::Point from(int x, int y) const { return ref::turned_from(x, y, p_.src.width, p_.src.height, p_.orientation); }
  const T* source(int x, int y) const { return ref::row_of<T>(p_.src, y) + x; }
  T* target(int x, int y) const { return ref::row_of<T>(p_.dst, y) + x; }

  /// A square of the turned plane: its columns are rows of the source.
  HWY_INLINE void square(int x, int y) const {
    constexpr int n = kSquare<T>;
    const Square<T> d;
    const ref::Point at = from(x, y);
    const int left = along_x_ > 0 ? at.x : at.x - (n - 1);
    hn::VFromD<Square<T>> rows[n];
    for (int i = 0; i < n; ++i) rows[i] = hn::LoadU(d, source(left, at.y + i * across_y_));
    transpose<T>(rows);
    for (int i = 0; i < n; ++i) hn::StoreU(rows[i], d, target(x, along_x_ > 0 ? y + i : y + n - 1 - i));
  }

  /// A part of a row of the turned plane, which is one of the source, perhaps backwards.
  HWY_INLINE void piece(int x, int y) const {
    constexpr int n = kSquare<T>;
    const Square<T> d;
    const ref::Point at = from(x, y);
    if (across_x_ > 0) return hn::StoreU(hn::LoadU(d, source(at.x, at.y)), d, target(x, y));
    hn::StoreU(reversed<T>(hn::LoadU(d, source(at.x - (n - 1), at.y))), d, target(x, y));
  }

  const RotateParams& p_;
  int across_x_, across_y_, along_x_, along_y_;  ///< steps in the source for one to the right, one down
};

template <class T>
void rotate_rows(const RotateParams& p, int row0, int row1) {
  constexpr int n = kSquare<T>;
  const bool quarter = (p.orientation & 1) != 0;
  if (p.rect.w < n || (quarter && row1 - row0 < n)) return ref::rotate(p, row0, row1);
  const Turner<T> turner(p);
  const int left = p.rect.x, right = left + p.rect.w, top = p.rect.y + row0, bottom = p.rect.y + row1;
  if (!quarter) return turner.rows(left, right, top, bottom);
  for (int y = top; y < bottom; y += n) {
    const int first = std::min(y, bottom - n);
    turner.rows(left, right, first, first + n);
  }
}

template <class T>
void copy_rows(const CopyParams& p, int row0, int row1) {
  for (int y = row0; y < row1; ++y) {
    unpack_line(ref::row_of<T>(p.dst, p.rect.y + y) + p.rect.x,
                ref::row_of<T>(p.src, p.src_y + y) + static_cast<ptrdiff_t>(p.src_x) * p.src.step, p.src.step,
                p.src.msb_shift, p.rect.w);
  }
}

}  // namespace

void rotate(const RotateParams& p, int row0, int row1) {
  if (p.src.step != 1 || p.src.msb_shift != 0) return ref::rotate(p, row0, row1);
  if (p.dst.depth > 8) {
    rotate_rows<uint16_t>(p, row0, row1);
  } else {
    rotate_rows<uint8_t>(p, row0, row1);
  }
}

void copy(const CopyParams& p, int row0, int row1) {
  const bool laid_out_anew = p.dst.step != 1 || p.dst.msb_shift != 0;
  if (laid_out_anew || (p.src.step == 1 && p.src.msb_shift == 0)) return ref::copy(p, row0, row1);  // often memcpy
  if (p.dst.depth > 8) {
    copy_rows<uint16_t>(p, row0, row1);
  } else {
    copy_rows<uint8_t>(p, row0, row1);
  }
}

void fill(const FillParams& p, int row0, int row1) {
  if (p.dst.depth <= 8) return ref::fill(p, row0, row1);  // memset
  const hn::ScalableTag<uint16_t> d;
  const auto value = hn::Set(d, p.value);
  for (int y = row0; y < row1; ++y) {
    uint16_t* out = ref::row_of<uint16_t>(p.dst, p.rect.y + y) + p.rect.x;
    int x = 0;
    for (; x + kSamples <= p.rect.w; x += kSamples) hn::StoreU(value, d, out + x);
    for (; x < p.rect.w; ++x) out[x] = p.value;
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace tessera::kernels::simd
HWY_AFTER_NAMESPACE();
