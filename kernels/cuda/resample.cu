#include "kernels/cuda/dot.h"
#include "kernels/cuda/launch.h"
#include "kernels/ref/resample.h"

namespace tessera::kernels::cuda {
namespace {

/// Both passes of a tile. Source rows are filtered horizontally into shared memory, so many at a time as fit there: the
/// value of an even row and that of the odd row below it side by side in a word. Then each thread adds what they
/// contribute to its outputs. Where a tile needs more rows, both are repeated.
struct Resample {
  static constexpr int kPairsAtOnce = 4;  ///< of rows that a thread filters at once, with taps loaded once
  static constexpr int kRowsAtOnce = 2 * kPairsAtOnce;
  static constexpr int kColumnThreads = kResampleColumns / 4;  ///< each of four columns of a row
  static constexpr int kRowThreads = kThreads / kColumnThreads;
  static constexpr int kOutputRows = kResampleRows / kRowThreads;

  struct Shared {
    alignas(16) uint32_t middle[kResamplePairs][kResampleColumns];
  };
  struct Registers {
    int32_t sums[kOutputRows][4];
  };

  /// Where a tile lies among the outputs, and the pairs of source rows it needs.
  struct Tile {
    int x, y, end_y;  ///< outputs; x may be before the first, so that threads store to multiples of 16 samples
    int first_pair, end_pair;
  };

  static TESSERA_DEVICE int first_pair(const ResampleJob& job, int y) { return at<const int32_t>(job.rows)[y]; }

  static TESSERA_DEVICE Tile tile_of(const Work& work) {
    const ResampleJob& job = work.job_as<ResampleJob>();
    Tile t;
    t.x = work.tile_x * kResampleColumns - job.rect.x % 16;
    t.y = work.tile_y * kResampleRows;
    t.end_y = least(t.y + kResampleRows, job.rect.h);
    t.first_pair = first_pair(job, t.y);
    t.end_pair = first_pair(job, t.end_y - 1) + job.pairs;
    return t;
  }

  static TESSERA_DEVICE int phases(const Work& work) {
    const Tile tile = tile_of(work);
    return 2 * ((tile.end_pair - tile.first_pair + kResamplePairs - 1) / kResamplePairs);
  }

  static TESSERA_DEVICE void phase(int k, const Work& work, int thread, Shared& shared, Registers& r) {
    const ResampleJob& job = work.job_as<ResampleJob>();
    const Tile tile = tile_of(work);
    const int begin = tile.first_pair + k / 2 * kResamplePairs;
    const int end = least(begin + kResamplePairs, tile.end_pair);
    if (k % 2 == 0) {
      if (k == 0) clear(r);
      filter_rows(job, tile, begin, end, thread, shared);
    } else {
      for (int i = 0; i < kOutputRows; ++i) {
        const int y = tile.y + thread / kColumnThreads + i * kRowThreads;
        if (y < tile.end_y) add_rows(job, y, begin, end, thread % kColumnThreads * 4, shared, r.sums[i]);
      }
      if (end == tile.end_pair) finish(job, tile, thread, r);
    }
  }

  static TESSERA_DEVICE void clear(Registers& r) {
#pragma unroll
    for (int i = 0; i < kOutputRows; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) r.sums[i][j] = 0;
    }
  }

  /// The values between the passes of one column in pairs [begin, end).
  static TESSERA_DEVICE void filter_rows(const ResampleJob& job, const Tile& tile, int begin, int end, int thread,
                                         Shared& shared) {
    const int column = thread % kResampleColumns, x = tile.x + column;
    if (x < 0 || x >= job.rect.w) return;
    const bool whole = job.src.whole_rows != 0;
#pragma unroll 1
    for (int p = begin + thread / kResampleColumns * kPairsAtOnce; p < end;
         p += kThreads / kResampleColumns * kPairsAtOnce) {
      int32_t sums[kRowsAtOnce] = {};
      if (job.src_depth == 8) {
        whole ? filter<false>(job, x, 2 * p, sums) : filter_slowly<false>(job, x, 2 * p, sums);
      } else {
        whole ? filter<true>(job, x, 2 * p, sums) : filter_slowly<true>(job, x, 2 * p, sums);
      }
#pragma unroll
      for (int i = 0; i < kPairsAtOnce; ++i) {
        if (p + i < end) {
          shared.middle[p + i - begin][column] =
              static_cast<uint16_t>(ref::finish_horizontal(sums[2 * i], job.src_depth)) |
              static_cast<uint32_t>(static_cast<uint16_t>(ref::finish_horizontal(sums[2 * i + 1], job.src_depth)))
                  << 16;
        }
      }
    }
  }

  static TESSERA_DEVICE uint64_t taps_of(const ResampleJob& job, int x, int bytes) {
    return job.columns + static_cast<uint64_t>(4 * ((job.rect.w + 1) / 2 * 2) + bytes * x);
  }

  /// The sum with the samples of a word: four of 8 bits, whose taps are in two words, or two of 10.
  template <bool kWide>
  static TESSERA_DEVICE int32_t add_word(uint32_t word, uint32_t low_taps, uint32_t high_taps, unsigned shift,
                                         int32_t sum) {
    if (!kWide) return dot_samples(word, low_taps, high_taps, sum);
    return sum + static_cast<int32_t>((word & 0xffffu) >> shift) * static_cast<int16_t>(low_taps) +
           static_cast<int32_t>(word >> 16 >> shift) * static_cast<int16_t>(low_taps >> 16);
  }

  /// The sums of one column in rows from `row`; those beyond the last are the last, and get no weight.
  template <bool kWide>
  static TESSERA_DEVICE void filter(const ResampleJob& job, int x, int row, int32_t* sums) {
    constexpr int kTapBytes = kWide ? 4 : 8;
    const int words = job.words, step = kTapBytes * job.rect.w;
    const unsigned shift = job.src.shift;
    uint64_t address =
        row_of(job.src, least(row, job.height - 1)) + static_cast<uint64_t>(4 * at<const int32_t>(job.columns)[x]);
    int32_t offsets[kRowsAtOnce];  // 32 bits hold them, which saves registers
#pragma unroll
    for (int i = 0; i < kRowsAtOnce; ++i) offsets[i] = most(least(i, job.height - 1 - row), 0) * job.src.stride;
    uint64_t taps = taps_of(job, x, kTapBytes);
#pragma unroll 1
    for (int k = 0; k < words; ++k) {
      const uint32_t low = *at<const uint32_t>(taps), high = kWide ? 0 : at<const uint32_t>(taps)[1];
#pragma unroll
      for (int i = 0; i < kRowsAtOnce; ++i) {
        const uint32_t word = *at<const uint32_t>(address + static_cast<uint64_t>(int64_t{offsets[i]}));
        sums[i] = add_word<kWide>(word, low, high, shift, sums[i]);
      }
      address += 4;
      taps += static_cast<uint64_t>(step);
    }
  }

  /// The same where rows can't be read in words, byte by byte; those beyond the row's end count as any.
  template <bool kWide>
  static TESSERA_DEVICE void filter_slowly(const ResampleJob& job, int x, int row, int32_t* sums) {
    constexpr int kTapBytes = kWide ? 4 : 8;
    const int first = 4 * at<const int32_t>(job.columns)[x];
#pragma unroll 1
    for (int i = 0; i < kRowsAtOnce; ++i) {
      const uint8_t* from = at<const uint8_t>(row_of(job.src, least(row + i, job.height - 1)));
      uint64_t taps = taps_of(job, x, kTapBytes);
      int32_t sum = 0;
#pragma unroll 1
      for (int k = 0; k < job.words; ++k, taps += static_cast<uint64_t>(kTapBytes * job.rect.w)) {
        uint32_t word = 0;
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          word |= static_cast<uint32_t>(from[least(first + 4 * k + j, job.row_bytes - 1)]) << (8 * j);
        }
        sum = add_word<kWide>(word, *at<const uint32_t>(taps), kWide ? 0 : at<const uint32_t>(taps)[1], job.src.shift,
                              sum);
      }
#pragma unroll
      for (int j = 0; j < kRowsAtOnce; ++j) sums[j] = j == i ? sum : sums[j];
    }
  }

  /// What pairs [begin, end) contribute to four outputs of row y.
  static TESSERA_DEVICE void add_rows(const ResampleJob& job, int y, int begin, int end, int column,
                                      const Shared& shared, int32_t* sums) {
    int32_t low[4] = {}, high[4] = {};  // of the taps' low and high bytes
    const int first = first_pair(job, y);
    const uint32_t* taps = at<const uint32_t>(job.rows) + job.rect.h + static_cast<int64_t>(y) * job.pairs;
    const int from = most(first, begin), to = least(first + job.pairs, end);
    for (int p = from; p < to; ++p) {
      const uint32_t t = taps[p - first];
      const Words4 m = *reinterpret_cast<const Words4*>(&shared.middle[p - begin][column]);
      dot_values(m.w, t, low, high);
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) sums[j] += low[j] + high[j] * 256;
  }

  static TESSERA_DEVICE int finished(const ResampleJob& job, int32_t sum) {
    const int v = ref::finish_vertical(sum, job.dst_depth);
    return job.complete != 0 ? ref::complete_scale(v) : v;
  }

  static TESSERA_DEVICE void finish(const ResampleJob& job, const Tile& tile, int thread, const Registers& r) {
    const int x = tile.x + thread % kColumnThreads * 4;
    const int begin = most(-x, 0), end = least(job.rect.w - x, 4);
#pragma unroll
    for (int i = 0; i < kOutputRows; ++i) {
      const int y = tile.y + thread / kColumnThreads + i * kRowThreads;
      if (y >= tile.end_y) continue;
      if (job.dst.bytes == 2) {
        store_four<uint16_t>(job, x, y, begin, end, r.sums[i]);
      } else {
        store_four<uint8_t>(job, x, y, begin, end, r.sums[i]);
      }
    }
  }

  template <class T>
  static TESSERA_DEVICE void store_four(const ResampleJob& job, int x, int y, int begin, int end, const int32_t* sums) {
    T* out = at<T>(row_of(job.dst, job.rect.y + y)) + job.rect.x + x;
    if (job.dst.aligned != 0 && begin == 0 && end == 4) {
      struct alignas(4 * sizeof(T)) Four {
        T v[4];
      } four;
#pragma unroll
      for (int j = 0; j < 4; ++j) four.v[j] = static_cast<T>(finished(job, sums[j]));
      *reinterpret_cast<Four*>(out) = four;
      return;
    }
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      if (j >= begin && j < end) out[j] = static_cast<T>(finished(job, sums[j]));
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_resample, tessera::kernels::cuda::Resample)
