#include "kernels/cuda/launch.h"
#include "kernels/ref/blur.h"
#include "kernels/ref/pixelate.h"

namespace tessera::kernels::cuda {
namespace {

/// What moderation of a rect needs. A block of threads makes a mosaic's block, or blurs some lines: rows, into 16 bit
/// values in memory, or in the launch after that columns of these.
struct Moderate {
  struct Shared {
    alignas(16) uint16_t values[2][kBlurValues];  ///< or, of a mosaic, the threads' sums
  };
  using Registers = Nothing;

  static TESSERA_DEVICE int phases(const Work& work) {
    return work.job_as<ModerateJob>().kind == ModerateKind::kPixelate ? 3 : 5;
  }

  static TESSERA_DEVICE void phase(int k, const Work& work, int thread, Shared& shared, Registers&) {
    const ModerateJob& job = work.job_as<ModerateJob>();
    if (job.kind == ModerateKind::kPixelate) {
      pixelate(k, job, work, thread, shared);
    } else if (k == 0) {
      load(job, work, thread, shared.values[0]);
    } else if (k == 4) {
      save(job, work, thread, shared.values[1]);
    } else {
      box(job, work, thread, shared.values[(k + 1) % 2], shared.values[k % 2]);
    }
  }

  static TESSERA_DEVICE uint32_t value_at(const ModerateJob& job, int x, int y) {
    return job.dst.bytes == 2 ? sample<uint16_t>(job.src, x, y) : sample<uint8_t>(job.src, x, y);
  }

  static TESSERA_DEVICE void write(const ModerateJob& job, int x, int y, uint32_t v) {
    if (job.dst.bytes == 2) {
      at<uint16_t>(row_of(job.dst, y))[x] = static_cast<uint16_t>(v);
    } else {
      at<uint8_t>(row_of(job.dst, y))[x] = static_cast<uint8_t>(v);
    }
  }

  /// Sums of every 256th sample; sums of 16 of them; the mean.
  static TESSERA_DEVICE void pixelate(int k, const ModerateJob& job, const Work& work, int thread, Shared& shared) {
    const int left = job.rect.x + work.tile_x * job.block_w, top = job.rect.y + work.tile_y * job.block_h;
    const int width = least(job.block_w, job.rect.x + job.rect.w - left);
    const int count = width * least(job.block_h, job.rect.y + job.rect.h - top);
    uint32_t* sums = reinterpret_cast<uint32_t*>(shared.values[0]);
    uint32_t sum = 0;
    if (k == 0) {
#pragma unroll 1
      for (int i = thread; i < count; i += kThreads) sum += value_at(job, left + i % width, top + i / width);
      sums[thread] = sum;
    } else if (k == 1) {
      if (thread % 16 != 0) return;
      for (int i = 0; i < 16; ++i) sum += sums[thread + i];
      sums[thread] = sum;
    } else {
      for (int i = 0; i < kThreads; i += 16) sum += sums[i];
      const uint32_t mean = ref::block_mean(sum, static_cast<uint32_t>(count));
#pragma unroll 1
      for (int i = thread; i < count; i += kThreads) write(job, left + i % width, top + i / width, mean);
    }
  }

  /// The lines of a block: those of the rect from the first on, as many as there are.
  struct Lines {
    int first, count, length;
  };
  static TESSERA_DEVICE Lines lines_of(const ModerateJob& job, const Work& work) {
    const bool down = job.kind == ModerateKind::kBlurDown;
    const int first = work.tile_x * job.lines, all = down ? job.rect.w : job.rect.h;
    return {first, least(job.lines, all - first), down ? job.rect.h : job.rect.w};
  }

  /// Between the two launches: the rect's rows one after the other.
  static TESSERA_DEVICE uint16_t* scratch(const ModerateJob& job, int x, int y) {
    return at<uint16_t>(job.scratch) + static_cast<int64_t>(y) * job.rect.w + x;
  }

  static TESSERA_DEVICE void load(const ModerateJob& job, const Work& work, int thread, uint16_t* values) {
    const Lines lines = lines_of(job, work);
    const bool down = job.kind == ModerateKind::kBlurDown;
#pragma unroll 1
    for (int i = thread; i < lines.count * lines.length; i += kThreads) {
      if (down) {
        const int line = i % lines.count, y = i / lines.count;
        values[line * lines.length + y] = *scratch(job, lines.first + line, y);
      } else {
        const int line = i / lines.length, x = i % lines.length;
        const uint32_t v = value_at(job, job.rect.x + x, job.rect.y + lines.first + line);
        values[i] = ref::widen(static_cast<int>(v), job.depth);
      }
    }
  }

  static TESSERA_DEVICE void save(const ModerateJob& job, const Work& work, int thread, const uint16_t* values) {
    const Lines lines = lines_of(job, work);
    const bool down = job.kind == ModerateKind::kBlurDown;
#pragma unroll 1
    for (int i = thread; i < lines.count * lines.length; i += kThreads) {
      if (down) {
        const int line = i % lines.count, y = i / lines.count;
        const int v = ref::narrow(values[line * lines.length + y], job.depth);
        write(job, job.rect.x + lines.first + line, job.rect.y + y, static_cast<uint32_t>(v));
      } else {
        *scratch(job, i % lines.length, lines.first + i / lines.length) = values[i];
      }
    }
  }

  /// One box blur. Each thread has a piece of a line, and begins with the sum of its first box.
  static TESSERA_DEVICE void box(const ModerateJob& job, const Work& work, int thread, const uint16_t* in,
                                 uint16_t* out) {
    const Lines lines = lines_of(job, work);
    const int threads = kThreads / job.lines, line = thread / threads, radius = job.radius;
    if (line >= lines.count) return;
    const int piece = (lines.length + threads - 1) / threads, begin = thread % threads * piece;
    const int end = least(begin + piece, lines.length), last = lines.length - 1;
    const uint16_t* from = in + line * lines.length;
    const auto value = [&](int i) -> uint32_t { return from[least(most(i, 0), last)]; };
    const uint32_t reciprocal = job.reciprocal;
    uint32_t sum = 0;
    if (begin < end) {
#pragma unroll 1
      for (int i = begin - radius; i <= begin + radius; ++i) sum += value(i);
    }
#pragma unroll 1
    for (int i = begin; i < end; ++i) {
      out[line * lines.length + i] = ref::box_mean(sum, reciprocal);
      sum += value(i + 1 + radius) - value(i - radius);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_moderate, tessera::kernels::cuda::Moderate)
