#include <algorithm>
#include <optional>

#include "engine/package/bmff.h"
#include "engine/package/bmff_boxes.h"

namespace tessera::package {
namespace {

/// More than an hour of samples: a trun without per-sample fields could otherwise ask for four billion.
constexpr uint32_t kMaxSamples = 1'000'000;
constexpr int64_t kMaxSeconds = 4'000'000'000;
constexpr uint32_t kNonSync = 0x00010000;

tl::unexpected<Error> bad(const std::string& detail) { return fail(Errc::kBadInput, "package.segment", detail); }

/// tfhd, over trex.
struct Defaults {
  uint32_t duration = 0, size = 0, flags = 0;
};

/// Gathers the samples of a segment.
class SegmentReader {
 public:
  SegmentReader(Bytes data, const InitInfo& init) : data_(data), init_(init) {}

  Result<SegmentInfo> read();

 private:
  Result<void> read_fragment(const Box& moof, const Box* mdat);
  Result<Defaults> read_header(const std::vector<Box>& traf) const;
  Result<void> read_decode_time(const std::vector<Box>& traf);
  Result<void> read_run(const Box& trun, const Defaults& defaults, const Box& moof, const Box& mdat);
  Result<void> check_data(int64_t begin, uint64_t bytes, const Box& mdat) const;

  const Bytes data_;
  const InitInfo& init_;
  SegmentInfo info_;
  bool any_fragment_ = false;
  uint64_t next_data_ = 0;  ///< where a run without an offset begins
};

Result<SegmentInfo> SegmentReader::read() {
  TESSERA_TRY_ASSIGN(const auto boxes, read_boxes(data_));
  for (size_t i = 0; i < boxes.size(); ++i) {
    if (boxes[i].type != "moof") continue;
    const Box* mdat = i + 1 < boxes.size() && boxes[i + 1].type == "mdat" ? &boxes[i + 1] : nullptr;
    TESSERA_TRY(read_fragment(boxes[i], mdat));
  }
  if (!any_fragment_) return bad("no moof box");
  if (info_.samples == 0) return bad("no samples");
  return info_;
}

Result<void> SegmentReader::read_fragment(const Box& moof, const Box* mdat) {
  TESSERA_TRY_ASSIGN(const auto parts, read_boxes(moof.payload));
  const auto trafs = std::count_if(parts.begin(), parts.end(), [](const Box& box) { return box.type == "traf"; });
  if (trafs != 1) return bad("a moof with " + std::to_string(trafs) + " traf boxes; wanted 1");
  if (!mdat) return bad("a moof that no mdat follows");
  TESSERA_TRY_ASSIGN(const auto traf, read_boxes(find_box(parts, "traf")->payload));
  TESSERA_TRY_ASSIGN(const Defaults defaults, read_header(traf));
  TESSERA_TRY(read_decode_time(traf));
  next_data_ = mdat->offset + (mdat->size - mdat->payload.size());
  for (const Box& box : traf) {
    if (box.type == "trun") TESSERA_TRY(read_run(box, defaults, moof, *mdat));
  }
  any_fragment_ = true;
  return {};
}

Result<Defaults> SegmentReader::read_header(const std::vector<Box>& traf) const {
  const Box* tfhd = find_box(traf, "tfhd");
  if (!tfhd) return bad("a traf without tfhd");
  BigEndianReader reader(tfhd->payload);
  const uint32_t flags = reader.u32() & 0xFFFFFF;
  const uint32_t track_id = reader.u32();
  if (flags & 0x1) return bad("a tfhd with a base-data-offset, which CMAF forbids");
  if (flags & 0x2) reader.skip(4);
  Defaults defaults{init_.default_duration, init_.default_size, init_.default_flags};
  if (flags & 0x8) defaults.duration = reader.u32();
  if (flags & 0x10) defaults.size = reader.u32();
  if (flags & 0x20) defaults.flags = reader.u32();
  if (!reader.ok()) return bad("a tfhd box that is too short");
  if (track_id != init_.track_id) {
    return bad("track " + std::to_string(track_id) + "; the init segment has " + std::to_string(init_.track_id));
  }
  return defaults;
}

Result<void> SegmentReader::read_decode_time(const std::vector<Box>& traf) {
  const Box* tfdt = find_box(traf, "tfdt");
  if (!tfdt) return bad("a traf without tfdt");
  BigEndianReader reader(tfdt->payload);
  const uint8_t version = reader.u8();
  reader.skip(3);
  const uint64_t time = version == 1 ? reader.u64() : reader.u32();
  if (!reader.ok()) return bad("a tfdt box that is too short");
  if (time > static_cast<uint64_t>(kMaxSeconds * init_.timescale)) {
    return bad("a decode time of " + std::to_string(static_cast<int64_t>(time)) + "; wanted 0 or more");
  }
  const auto start = static_cast<int64_t>(time);
  if (any_fragment_ && start != info_.decode_end) {
    return bad("a fragment at decode time " + std::to_string(start) + " after one that ends at " +
               std::to_string(info_.decode_end));
  }
  if (!any_fragment_) info_.decode_start = info_.decode_end = start;
  return {};
}

/// All sample data must lie inside the mdat.
Result<void> SegmentReader::check_data(int64_t begin, uint64_t bytes, const Box& mdat) const {
  const auto first = static_cast<int64_t>(mdat.offset + (mdat.size - mdat.payload.size()));
  const auto end = static_cast<int64_t>(mdat.offset + mdat.size);
  if (begin < first || begin > end || bytes > static_cast<uint64_t>(end - begin)) {
    return bad("sample data at bytes " + std::to_string(begin) + " to " + std::to_string(begin) + "+" +
               std::to_string(bytes) + ", outside the mdat at " + std::to_string(first) + " to " + std::to_string(end));
  }
  return {};
}

Result<void> SegmentReader::read_run(const Box& trun, const Defaults& defaults, const Box& moof, const Box& mdat) {
  BigEndianReader reader(trun.payload);
  const uint8_t version = reader.u8();
  const auto flags = static_cast<uint32_t>(reader.unsigned_of(3));
  const uint32_t count = reader.u32();
  if (count > kMaxSamples) return bad("a trun of " + std::to_string(count) + " samples");
  auto begin = static_cast<int64_t>(next_data_);
  if (flags & 0x1) begin = static_cast<int64_t>(moof.offset) + static_cast<int32_t>(reader.u32());
  std::optional<uint32_t> first_flags;
  if (flags & 0x4) first_flags = reader.u32();
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const int64_t duration = flags & 0x100 ? reader.u32() : defaults.duration;
    bytes += flags & 0x200 ? reader.u32() : defaults.size;
    uint32_t sample_flags = flags & 0x400 ? reader.u32() : defaults.flags;
    if (i == 0 && first_flags) sample_flags = *first_flags;
    const uint32_t offset = flags & 0x800 ? reader.u32() : 0;
    const int64_t shown =
        info_.decode_end - init_.edit_start + (version == 0 ? int64_t{offset} : int64_t{static_cast<int32_t>(offset)});
    if (info_.samples == 0) {
      info_.starts_with_sync = !(sample_flags & kNonSync);
      info_.presentation_start = shown;
      info_.presentation_end = shown + duration;
    }
    info_.presentation_start = std::min(info_.presentation_start, shown);
    info_.presentation_end = std::max(info_.presentation_end, shown + duration);
    info_.longest_sample = std::max(info_.longest_sample, duration);
    info_.decode_end += duration;
    ++info_.samples;
    if (info_.decode_end > kMaxSeconds * init_.timescale) return bad("sample durations that run out of the time line");
  }
  if (!reader.ok()) return bad("a trun box too short for its " + std::to_string(count) + " samples");
  TESSERA_TRY(check_data(begin, bytes, mdat));
  next_data_ = static_cast<uint64_t>(begin) + bytes;
  return {};
}

}  // namespace

Result<SegmentInfo> read_segment(Bytes data, const InitInfo& init) { return SegmentReader(data, init).read(); }

}  // namespace tessera::package
