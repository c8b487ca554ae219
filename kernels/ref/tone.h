#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/ops.h"

/// The bodies of `tone_map`.
namespace tessera::kernels::ref {

inline constexpr int kToneSignal = 1 << 12;   ///< white of a source's component
inline constexpr int kToneLight = 1 << 19;    ///< light of the result's white
inline constexpr int kToneDisplay = 1 << 14;  ///< white of a result's component
inline constexpr int kToneFine = 1 << 12;     ///< below, there is an entry for every step of light; above, for every 32
inline constexpr int kToneCoarseBits = 5;

/// Where light has its entry in ToneTable::display.
constexpr int tone_index(int light) {
  return light < kToneFine ? light : (light >> kToneCoarseBits) + kToneFine - (kToneFine >> kToneCoarseBits);
}
inline constexpr int kToneEntries = tone_index(kToneLight) + 1;

struct ToneColour {
  int r, g, b;
};

inline constexpr int kToneBlack = 64, kToneGrey = 512;  ///< of the source, limited range at 10 bits

/// BT.2020's matrix, from luma less its black and eight times the chromas less their zero to 1 << 12.
inline constexpr int kToneY = 76608, kToneRedV = 13806, kToneGreenU = -1541, kToneGreenV = -5349, kToneBlueU = 17614;

constexpr ToneColour tone_signal(int y, int u8, int v8) {
  const int base = kToneY * y + (1 << 13);
  const auto clipped = [](int v) { return v < 0 ? 0 : v > kToneSignal ? kToneSignal : v; };
  return {clipped((base + kToneRedV * v8) >> 14), clipped((base + kToneGreenU * u8 + kToneGreenV * v8) >> 14),
          clipped((base + kToneBlueU * u8) >> 14)};
}

/// BT.2087's matrix from BT.2020 to BT.709 in 1 << 12: a component, and its share of what it is more than the others.
constexpr int tone_primary(int own, int a, int share_a, int b, int share_b) {
  const int v = own + ((share_a * (own - a) + share_b * (own - b) + (1 << 11)) >> 12);
  return v < 0 ? 0 : v > kToneLight ? kToneLight : v;
}
inline constexpr int kToneRedG = 2407, kToneRedB = 298, kToneGreenR = 510, kToneGreenB = 34, kToneBlueR = 74,
                     kToneBlueG = 412;

constexpr ToneColour tone_primaries(const ToneColour& c) {
  return {tone_primary(c.r, c.g, kToneRedG, c.b, kToneRedB), tone_primary(c.g, c.r, kToneGreenR, c.b, kToneGreenB),
          tone_primary(c.b, c.r, kToneBlueR, c.g, kToneBlueG)};
}

/// BT.709's matrix, a row of it: 1 << 14 of each to 10 bit steps in 1 << 5; and the plane's zero at 8 bits.
struct ToneRow {
  int r, g, b, zero;
};
constexpr ToneRow tone_row(int plane) {
  return plane == 0   ? ToneRow{5960, 20048, 2024, 16}
         : plane == 1 ? ToneRow{-3285, -11051, 14336, 128}
                      : ToneRow{14336, -13022, -1314, 128};
}

constexpr int tone_shift(int depth) { return 14 + 5 + 10 - depth; }

constexpr int tone_finish(const ToneRow& row, const ToneColour& c, int depth) {
  const int shift = tone_shift(depth), max = (1 << depth) - 1;
  const int v = ((row.r * c.r + row.g * c.g + row.b * c.b + (1 << (shift - 1))) >> shift) + (row.zero << (depth - 8));
  return v < 0 ? 0 : v > max ? max : v;
}

/// The result's signal from luma less its black and eight times the chromas less their zero, at 10 bits.
constexpr ToneColour tone_colour(const ToneTable& table, int y, int u8, int v8) {
  const ToneColour s = tone_signal(y, u8, v8);
  const ToneColour c = tone_primaries({table.light[s.r], table.light[s.g], table.light[s.b]});
  return {table.display[tone_index(c.r)], table.display[tone_index(c.g)], table.display[tone_index(c.b)]};
}

/// A sample of one plane, likewise.
constexpr int tone_sample(const ToneTable& table, const ToneRow& row, int y, int u8, int v8, int depth) {
  return tone_finish(row, tone_colour(table, y, u8, v8), depth);
}

}  // namespace tessera::kernels::ref
