#include "kernels/simd/layout.h"

#include <algorithm>

namespace tessera::kernels {
namespace {

constexpr int kBlock = TapLayout::kBlock, kGroup = TapLayout::kGroup;

/// The low byte of a tap, signed; the rest is a multiple of 256.
int low_half(int tap) { return static_cast<int8_t>(tap & 255); }

uint8_t byte_or(int value, int most, uint8_t otherwise) {
  return value <= most ? static_cast<uint8_t>(value) : otherwise;
}

}  // namespace

TapLayout::TapLayout(const TapTable& t)
    : blocks((t.outputs + kBlock - 1) / kBlock), taps(t.size), pairs((t.size + 1) / 2), quads((t.size + 3) / 4) {
  const auto lanes = static_cast<size_t>(blocks) * kBlock;
  first = LineVector<int32_t>(lanes / kGroup);
  pair_taps = LineVector<int16_t>(lanes * static_cast<size_t>(pairs) * 2);
  quad_taps = LineVector<int8_t>(lanes * static_cast<size_t>(quads) * 8);
  block_bytes = LineVector<uint8_t>(lanes * 4);
  block_words = LineVector<uint16_t>(lanes * 2);
  group_bytes = LineVector<uint8_t>(lanes * 4);
  group_words = LineVector<uint8_t>(lanes * 4);
  for (size_t lane = 0; lane < lanes; ++lane) {
    const int output = std::min(static_cast<int>(lane), t.outputs - 1);
    const int32_t at = t.first[output];
    const size_t block = lane / kBlock, in_block = lane % kBlock;
    if (lane % kGroup == 0) first.data()[lane / kGroup] = at;
    const int from_block = at - first.data()[block * (kBlock / kGroup)], from_group = at - first.data()[lane / kGroup];
    block_spread = std::max(block_spread, from_block);
    group_spread = std::max(group_spread, from_group);
    for (int j = 0; j < 2; ++j) {
      block_words.data()[lane * 2 + static_cast<size_t>(j)] = static_cast<uint16_t>(from_block + j);
      uint8_t* bytes = group_bytes.data() + lane * 4 + j * 2;
      bytes[0] = byte_or(from_group + j, 15, 128);
      bytes[1] = 128;
      uint8_t* words = group_words.data() + lane * 4 + j * 2;
      words[0] = byte_or(2 * (from_group + j), 15, 128);
      words[1] = byte_or(2 * (from_group + j) + 1, 15, 128);
    }
    for (int j = 0; j < 4; ++j)
      block_bytes.data()[lane * 4 + static_cast<size_t>(j)] = byte_or(from_block + j, 254, 255);
    if (static_cast<int>(lane) >= t.outputs) continue;
    const int16_t* row = t.taps + static_cast<ptrdiff_t>(output) * t.stride;
    for (int k = 0; k < t.size; ++k) {
      const int tap = row[k], low = low_half(tap), high = (tap - low) / 256;
      const size_t pair = block * static_cast<size_t>(pairs) + static_cast<size_t>(k / 2);
      pair_taps.data()[(pair * kBlock + in_block) * 2 + static_cast<size_t>(k % 2)] = row[k];
      const size_t quad = block * static_cast<size_t>(quads) + static_cast<size_t>(k / 4);
      quad_taps.data()[(quad * 2 * kBlock + in_block) * 4 + static_cast<size_t>(k % 4)] = static_cast<int8_t>(high);
      quad_taps.data()[((quad * 2 + 1) * kBlock + in_block) * 4 + static_cast<size_t>(k % 4)] =
          static_cast<int8_t>(low);
      split_fits = split_fits && high >= -128 && high <= 127;
    }
  }
}

}  // namespace tessera::kernels
