#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tessera {

using Bytes = std::span<const uint8_t>;
inline Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

/// A SHA-256: what objects are named by and what chunk digests are.
struct Sha256 {
  std::array<uint8_t, 32> bytes{};
  auto operator<=>(const Sha256&) const = default;
  /// 64 lower-case hexadecimal digits.
  std::string hex() const;
};

/// Incremental SHA-256 (FIPS 180-4, by OpenSSL). One thread at a time.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(Sha256Hasher&&) noexcept;
  Sha256Hasher& operator=(Sha256Hasher&&) noexcept;

  void add(Bytes data);
  void add(std::string_view text) { add(as_bytes(text)); }
  /// The hash of all that was added; the hasher is empty again afterwards.
  Sha256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256 sha256(Bytes data);

/// An XXH3-128: what frames and source GOPs are identified by. Not for names that an adversary could forge.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const Hash128&) const = default;
  /// 32 lower-case hexadecimal digits, high half first (XXH's canonical form).
  std::string hex() const;
};

/// Incremental XXH3-128 with seed 0. One thread at a time.
class Hash128Hasher {
 public:
  Hash128Hasher();
  ~Hash128Hasher();
  Hash128Hasher(Hash128Hasher&&) noexcept;
  Hash128Hasher& operator=(Hash128Hasher&&) noexcept;

  void add(Bytes data);
  /// The hash of all that was added; the hasher is empty again afterwards.
  Hash128 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tessera
