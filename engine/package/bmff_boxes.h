#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"

namespace tessera::package {

/// Reads big-endian fields from a span. Reading past the end gives 0 and marks the reader as failed.
class BigEndianReader {
 public:
  explicit BigEndianReader(Bytes data) : data_(data) {}
  uint64_t unsigned_of(int bytes);
  uint8_t u8() { return static_cast<uint8_t>(unsigned_of(1)); }
  uint16_t u16() { return static_cast<uint16_t>(unsigned_of(2)); }
  uint32_t u32() { return static_cast<uint32_t>(unsigned_of(4)); }
  uint64_t u64() { return unsigned_of(8); }
  void skip(size_t bytes);
  size_t left() const { return data_.size() - position_; }
  Bytes rest() const { return data_.subspan(position_); }
  bool ok() const { return ok_; }

 private:
  Bytes data_;
  size_t position_ = 0;
  bool ok_ = true;
};

/// One box of a span. `offset` counts from the span's start.
struct Box {
  std::string type;
  size_t offset = 0;  ///< of the header
  size_t size = 0;    ///< header included
  Bytes payload;
};

/// The boxes that fill `data`.
/// @retval kBadInput a box is longer than what is left, or shorter than its header
Result<std::vector<Box>> read_boxes(Bytes data);

/// The first box of that type, or null. Points into `boxes`.
const Box* find_box(const std::vector<Box>& boxes, const std::string& type);

}  // namespace tessera::package
