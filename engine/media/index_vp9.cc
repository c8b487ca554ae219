#include "engine/media/index_vp9.h"

namespace tessera::media {
namespace {

/// Reads bits, most significant first. Past the end it reads zeros and remembers.
class BitReader {
 public:
  explicit BitReader(Bytes data) : data_(data) {}
  unsigned bits(int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i) value = (value << 1) | bit();
    return value;
  }
  bool flag() { return bits(1) != 0; }
  bool overrun() const { return overrun_; }

 private:
  unsigned bit() {
    const size_t byte = position_ >> 3;
    if (byte >= data_.size()) {
      overrun_ = true;
      return 0;
    }
    const unsigned value = (data_[byte] >> (7 - (position_ & 7))) & 1U;
    ++position_;
    return value;
  }
  Bytes data_;
  size_t position_ = 0;
  bool overrun_ = false;
};

constexpr unsigned kSyncCode = 0x498342;
constexpr unsigned kRgb = 7;

void skip_colour(BitReader& reader, unsigned profile) {
  if (profile >= 2) reader.bits(1);
  const bool odd_profile = profile == 1 || profile == 3;
  if (reader.bits(3) != kRgb) {
    reader.bits(1);
    if (odd_profile) reader.bits(3);
  } else if (odd_profile) {
    reader.bits(1);
  }
}

}  // namespace

std::optional<Vp9Header> Vp9Sizes::next(Bytes frame) {
  BitReader reader(frame);
  if (reader.bits(2) != 2) return std::nullopt;
  const unsigned profile = reader.bits(1) | (reader.bits(1) << 1);
  if (profile == 3) reader.bits(1);
  Vp9Header header;
  if (reader.flag()) {
    const Size shown = slots_[reader.bits(3)];
    return Vp9Header{true, false, shown.width, shown.height};
  }
  header.key = !reader.flag();
  header.shown = reader.flag();
  const bool error_resilient = reader.flag();
  unsigned refresh = 0xFF;
  const auto explicit_size = [&] {
    header.width = static_cast<int>(reader.bits(16)) + 1;
    header.height = static_cast<int>(reader.bits(16)) + 1;
  };
  if (header.key) {
    if (reader.bits(24) != kSyncCode) return std::nullopt;
    skip_colour(reader, profile);
    explicit_size();
  } else {
    const bool intra_only = header.shown ? false : reader.flag();
    if (!error_resilient) reader.bits(2);
    if (intra_only) {
      if (reader.bits(24) != kSyncCode) return std::nullopt;
      if (profile > 0) skip_colour(reader, profile);
      refresh = reader.bits(8);
      explicit_size();
    } else {
      refresh = reader.bits(8);
      std::array<unsigned, 3> references{};
      for (unsigned& reference : references) reference = reader.bits(4) >> 1;
      bool found = false;
      for (size_t i = 0; i < references.size() && !found; ++i) {
        found = reader.flag();
        if (found) {
          header.width = slots_[references[i]].width;
          header.height = slots_[references[i]].height;
        }
      }
      if (!found) explicit_size();
    }
  }
  if (reader.overrun()) return std::nullopt;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if ((refresh >> i) & 1U) slots_[i] = {header.width, header.height};
  }
  return header;
}

}  // namespace tessera::media
