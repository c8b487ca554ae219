#pragma once

/// How often tests repeat their random cases.
namespace tessera {

/// Sanitized code takes ten times as long and more: there, one round in so many is run. That leaves enough for every
/// kind of case; the build without runs all.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr int kOneRoundIn = 3;
#else
inline constexpr int kOneRoundIn = 1;
#endif

/// How many of `all` rounds this build runs.
constexpr int rounds(int all) { return (all + kOneRoundIn - 1) / kOneRoundIn; }

}  // namespace tessera
