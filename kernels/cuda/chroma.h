#pragma once

#include "kernels/cuda/jobs.h"
#include "kernels/cuda/memory.h"

/// Chroma for a chunk of luma, for the kernels that make a plane of all planes of a 4:2:0 picture.
namespace tessera::kernels::cuda {

/// The chroma under a chunk of luma and the sample after it, packed.
template <class T>
struct ChromaRow {
  static constexpr int kCount = Packed<T>::kCount / 2;
  Packed<T, kChunk / 2> some;
  uint32_t after;

  TESSERA_DEVICE int get(int i) const { return static_cast<int>(i < kCount ? some.get(i) : after); }
};

/// Samples x..x + kCount of a row; those beyond what may be used are its edge.
template <class T>
TESSERA_DEVICE ChromaRow<T> load_chroma(const PictureJob& job, const Source& s, int x, int y) {
  using R = ChromaRow<T>;
  R row;
  const int last = job.chroma_right - x;
  if (last >= R::kCount - 1 && x >= job.chroma_left) {
    row.some = load<T, kChunk / 2, true>(s, x, y);
  } else {
    row.some.clear();
#pragma unroll 1
    for (int i = most(job.chroma_left - x, 0); i < R::kCount; ++i) {
      row.some.put_at(i, sample<T>(s, least(x + i, job.chroma_right), y));
    }
  }
  row.after = sample<T>(s, most(least(x + R::kCount, job.chroma_right), job.chroma_left), y);
  return row;
}

/// Eight times the chroma, its zero taken off, at the samples of a chunk of luma.
template <class T>
struct ChromaAtLuma {
  ChromaRow<T> near, far;  ///< the rows that the luma row lies between
  int grey;

  TESSERA_DEVICE int get(int i) const { return i % 2 == 0 ? 2 * sum(i / 2) : sum(i / 2) + sum(i / 2 + 1); }

 private:
  TESSERA_DEVICE int sum(int i) const { return 3 * near.get(i) + far.get(i) - 4 * grey; }
};

/// For the chunk from luma sample x of row y.
template <class T>
TESSERA_DEVICE ChromaAtLuma<T> chroma_at_luma(const PictureJob& job, const Source& s, int x, int y, int grey) {
  const int near = y >> 1, beside = (y & 1) != 0 ? near + 1 : near - 1;
  const int far = most(least(beside, job.chroma_bottom), job.chroma_top);
  return {load_chroma<T>(job, s, x / 2, near), load_chroma<T>(job, s, x / 2, far), grey};
}

}  // namespace tessera::kernels::cuda
