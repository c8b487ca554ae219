#pragma once

// For the .cc files of engine/media only.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/rational.h"

namespace tessera::media {

/// Appends values. Entries stay on the machine that wrote them, so numbers keep its byte order.
class CacheWriter {
 public:
  static constexpr bool kReads = false;
  std::string bytes;

  template <class T>
  void value(const T& number) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void text(const std::string& words) {
    value(static_cast<uint64_t>(words.size()));
    bytes.append(words);
  }
  template <class T, class F>
  void list(const std::vector<T>& values, F each) {
    value(static_cast<uint64_t>(values.size()));
    for (const T& one : values) each(one);
  }
};

/// Takes values off; past the end everything is zero and `failed` is set.
class CacheReader {
 public:
  static constexpr bool kReads = true;
  std::string_view bytes;
  bool failed = false;

  template <class T>
  void value(T& number) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    if (bytes.size() < sizeof number) {
      failed = true;
      number = T{};
      return;
    }
    std::memcpy(&number, bytes.data(), sizeof number);
    bytes.remove_prefix(sizeof number);
  }
  void text(std::string& words) {
    const size_t size = count();
    words = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  template <class T, class F>
  void list(std::vector<T>& values, F each) {
    // Every element takes at least a byte: a count beyond what is left is damage, not an allocation.
    values.resize(count());
    for (T& one : values) each(one);
  }

 private:
  size_t count() {
    uint64_t size = 0;
    value(size);
    if (size > bytes.size()) {
      failed = true;
      size = 0;
    }
    return static_cast<size_t>(size);
  }
};

// One description of each struct, for both directions: S is CacheWriter with const values or CacheReader with
// mutable ones.

template <class S, class T>
void pass(S& stream, T& rational) requires std::is_same_v<std::remove_const_t<T>, Rational> {
  stream.value(rational.num);
  stream.value(rational.den);
}

template <class S, class T>
void pass(S& stream, T& hash) requires std::is_same_v<std::remove_const_t<T>, Hash128> {
  stream.value(hash.high);
  stream.value(hash.low);
}

template <class S, class T>
void pass(S& stream, T& hash) requires std::is_same_v<std::remove_const_t<T>, Sha256> {
  for (auto& byte : hash.bytes) stream.value(byte);
}

}  // namespace tessera::media
