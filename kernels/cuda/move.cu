#include "kernels/cuda/launch.h"
#include "kernels/ref/mask.h"
#include "kernels/ref/rotate.h"

namespace tessera::kernels::cuda {
namespace {

/// The part of a chunk that lies in a rect: samples [begin, end) from sample x.
struct Part {
  int x, begin, end;
};

template <int kCount>
TESSERA_DEVICE Part part_of(const Area& rect, int chunk) {
  const int x = chunk * kCount;
  return {x, most(rect.x - x, 0), least(rect.x + rect.w - x, kCount)};
}

template <class T>
TESSERA_DEVICE Packed<T> filled(int value) {
  Packed<T> v;
#pragma unroll
  for (int i = 0; i < Packed<T>::kWords; ++i) {
    v.w[i] = static_cast<uint32_t>(value) * (sizeof(T) == 1 ? 0x01010101u : 0x00010001u);
  }
  return v;
}

/// Walks through the source along the row of the turned picture.
template <class T>
TESSERA_DEVICE Packed<T> turned(const MoveJob& job, int x, int y, int begin, int end) {
  const auto from = ref::turned_from(x, y, job.width, job.height, job.orientation);
  const auto next = ref::turned_from(x + 1, y, job.width, job.height, job.orientation);
  const int64_t advance = static_cast<int64_t>(next.y - from.y) * job.src.stride +
                          static_cast<int64_t>(next.x - from.x) * job.src.step * static_cast<int>(sizeof(T));
  const uint64_t first =
      row_of(job.src, from.y) + static_cast<uint64_t>(static_cast<int64_t>(from.x) * job.src.step) * sizeof(T);
  Packed<T> v;
  v.clear();
#pragma unroll 4
  for (int i = begin; i < end; ++i) {
    v.put_at(i, static_cast<uint32_t>(*at<const T>(first + static_cast<uint64_t>(i * advance)) >> job.src.shift));
  }
  return v;
}

/// Samples of two planes side by side: 8 bytes of each make a chunk.
template <class T>
TESSERA_DEVICE void interleave(const MoveJob& job, int chunk, int y) {
  constexpr int kPairs = Packed<T>::kCount / 2;
  const Part part = part_of<kPairs>(job.rect, chunk);
  if (part.begin >= part.end) return;
  const int x = part.x - job.rect.x + job.src_x, row = y - job.rect.y + job.src_y;
  const auto u = load_some<T, 8>(job.src, x, row, part.begin, part.end);
  const auto v = load_some<T, 8>(job.other, x, row, part.begin, part.end);
  Packed<T> both;
  both.clear();
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    both.put(2 * i, u.get(i) << job.dst.shift);
    both.put(2 * i + 1, v.get(i) << job.dst.shift);
  }
  store<T>(job.dst, 2 * part.x, y, both, 2 * part.begin, 2 * part.end);
}

/// One sample after the other: what is at a shape's corners takes long, and is rare.
TESSERA_DEVICE void mask(const MoveJob& job, const Part& part, int y) {
  uint8_t* out = at<uint8_t>(row_of(job.dst, y));
  const int looks = job.chroma != 0 ? 4 : 1, scale = job.chroma != 0 ? 2 : 1;
#pragma unroll 1
  for (int i = part.begin; i < part.end; ++i) {
    int sum = 0;
#pragma unroll 1
    for (int look = 0; look < looks; ++look) {
      sum += ref::coverage(job.shape, least(scale * (part.x + i) + look % 2, job.width - 1),
                           least(scale * y + look / 2, job.height - 1));
    }
    out[part.x + i] = static_cast<uint8_t>(job.chroma != 0 ? (sum + 2) >> 2 : sum);
  }
}

template <class T>
TESSERA_DEVICE void move(const MoveJob& job, int chunk, int y) {
  if (job.kind == MoveKind::kInterleave) return interleave<T>(job, chunk, y);
  const Part part = part_of<Packed<T>::kCount>(job.rect, chunk);
  if (part.begin >= part.end) return;
  Packed<T> v;
  if (job.kind == MoveKind::kFill) {
    v = filled<T>(job.value);
  } else if (job.kind == MoveKind::kRotate) {
    v = turned<T>(job, part.x, y, part.begin, part.end);
  } else {
    v = load_some<T, kChunk, true>(job.src, part.x - job.rect.x + job.src_x, y - job.rect.y + job.src_y, part.begin,
                                   part.end);
    if (job.dst.shift != 0) {  // 10 bits in words of 16, so nothing is carried from one to the next
#pragma unroll
      for (int i = 0; i < Packed<T>::kWords; ++i) v.w[i] <<= job.dst.shift;
    }
  }
  store<T>(job.dst, part.x, y, v, part.begin, part.end);
}

/// Which chunk of a tile is a thread's i-th.
struct Place {
  int chunk, y;
};

TESSERA_DEVICE Place place_of(const MoveJob& job, const Work& work, int thread, int i) {
  constexpr int kAcross = kTileBytes / kChunk;
  const int first = (job.rect.x * job.dst.bytes * job.dst.step / kTileBytes + work.tile_x) * kAcross;
  const int top = job.rect.y + work.tile_y * kMoveRows, n = thread + i * kThreads;
  // Quarter turns read columns: there, neighbours in the source are below each other.
  const bool down = job.kind == MoveKind::kRotate && (job.orientation & 1) != 0;
  return {first + (down ? n / kMoveRows : n % kAcross), top + (down ? n % kMoveRows : n / kAcross)};
}

struct Move {
  static TESSERA_DEVICE void thread(const Work& work, int thread) {
    const MoveJob& job = work.job_as<MoveJob>();
    if (job.kind == MoveKind::kMask) {
      each(job, work, thread, [&](int chunk, int y) { mask(job, part_of<kChunk>(job.rect, chunk), y); });
    } else if (job.dst.bytes == 2) {
      each(job, work, thread, [&](int chunk, int y) { move<uint16_t>(job, chunk, y); });
    } else {
      each(job, work, thread, [&](int chunk, int y) { move<uint8_t>(job, chunk, y); });
    }
  }

  template <class F>
  static TESSERA_DEVICE void each(const MoveJob& job, const Work& work, int thread, const F& f) {
#pragma unroll 1
    for (int i = 0; i < kTileBytes / kChunk * kMoveRows / kThreads; ++i) {
      const Place place = place_of(job, work, thread, i);
      if (place.y < job.rect.y + job.rect.h) f(place.chunk, place.y);
    }
  }
};

}  // namespace
}  // namespace tessera::kernels::cuda

TESSERA_KERNEL(tessera_move, tessera::kernels::cuda::OnePhase<tessera::kernels::cuda::Move>)
