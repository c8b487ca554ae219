#include "engine/package/bmff_boxes.h"

namespace tessera::package {

uint64_t BigEndianReader::unsigned_of(int bytes) {
  if (left() < static_cast<size_t>(bytes)) {
    ok_ = false;
    position_ = data_.size();
    return 0;
  }
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = (value << 8) | data_[position_++];
  return value;
}

void BigEndianReader::skip(size_t bytes) {
  if (left() < bytes) {
    ok_ = false;
    position_ = data_.size();
    return;
  }
  position_ += bytes;
}

namespace {

/// A type for messages: what does not print becomes '?'.
std::string type_text(uint32_t type) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const char c = static_cast<char>(type >> shift & 0xFF);
    text.push_back(c >= 0x20 && c < 0x7F ? c : '?');
  }
  return text;
}

}  // namespace

Result<std::vector<Box>> read_boxes(Bytes data) {
  std::vector<Box> boxes;
  size_t offset = 0;
  while (offset < data.size()) {
    BigEndianReader reader(data.subspan(offset));
    const size_t left = data.size() - offset;
    if (left < 8) {
      return fail(Errc::kBadInput, "package.box",
                  std::to_string(left) + " bytes at byte " + std::to_string(offset) + "; wanted a box of at least 8");
    }
    uint64_t size = reader.u32();
    const uint32_t type = reader.u32();
    if (size == 1) size = reader.u64();
    if (size == 0) size = left;
    const size_t header = left - reader.left();
    if (!reader.ok() || size < header || size > left) {
      return fail(Errc::kBadInput, "package.box",
                  "box \"" + type_text(type) + "\" at byte " + std::to_string(offset) + " says " +
                      std::to_string(size) + " bytes, " + std::to_string(left) + " are there");
    }
    const size_t bytes = static_cast<size_t>(size);
    boxes.push_back({type_text(type), offset, bytes, data.subspan(offset + header, bytes - header)});
    offset += bytes;
  }
  return boxes;
}

const Box* find_box(const std::vector<Box>& boxes, const std::string& type) {
  for (const Box& box : boxes) {
    if (box.type == type) return &box;
  }
  return nullptr;
}

}  // namespace tessera::package
