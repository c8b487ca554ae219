#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/package/bmff.h"
#include "engine/package/bmff_boxes.h"

namespace tessera::package {
namespace {

constexpr int64_t kMaxTimescale = 1'000'000'000;

tl::unexpected<Error> bad(const std::string& detail) { return fail(Errc::kBadInput, "package.init", detail); }

/// The boxes inside a container box that must be there.
Result<std::vector<Box>> inside(const std::vector<Box>& boxes, const std::string& type) {
  const Box* box = find_box(boxes, type);
  if (!box) return bad("no " + type + " box");
  return read_boxes(box->payload);
}

/// The payload of a full box after its version and flags; `version` is set.
Result<BigEndianReader> open_full_box(const std::vector<Box>& boxes, const std::string& type, int& version) {
  const Box* box = find_box(boxes, type);
  if (!box) return bad("no " + type + " box");
  BigEndianReader reader(box->payload);
  version = reader.u8();
  reader.skip(3);
  return reader;
}

/// Size of an MPEG-4 descriptor (ISO/IEC 14496-1, 8.3.3): up to four bytes of seven bits.
size_t descriptor_size(BigEndianReader& reader) {
  size_t size = 0;
  for (int i = 0; i < 4; ++i) {
    const uint8_t byte = reader.u8();
    size = size << 7 | (byte & 0x7F);
    if (!(byte & 0x80)) break;
  }
  return size;
}

/// "mp4a.40.2" from an esds box; empty where it says no such thing.
std::string codecs_of_esds(Bytes payload) {
  constexpr uint8_t kEsDescriptor = 3, kDecoderConfig = 4, kDecoderSpecific = 5, kAac = 0x40;
  BigEndianReader reader(payload);
  reader.skip(4);
  if (reader.u8() != kEsDescriptor) return "";
  descriptor_size(reader);
  reader.skip(2);
  const uint8_t flags = reader.u8();
  if (flags & 0x80) reader.skip(2);
  if (flags & 0x40) reader.skip(reader.u8());
  if (flags & 0x20) reader.skip(2);
  if (reader.u8() != kDecoderConfig) return "";
  descriptor_size(reader);
  if (reader.u8() != kAac) return "";
  reader.skip(12);
  if (reader.u8() != kDecoderSpecific) return "";
  descriptor_size(reader);
  const uint16_t config = reader.u16();
  if (!reader.ok()) return "";
  int object_type = config >> 11;
  if (object_type == 31) object_type = 32 + (config >> 5 & 0x3F);
  return "mp4a.40." + std::to_string(object_type);
}

std::string codecs_of_avc(const std::string& entry, Bytes avcc) {
  if (avcc.size() < 4) return "";
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), ".%02x%02x%02x", avcc[1], avcc[2], avcc[3]);
  return entry + text.data();
}

/// Profile, compatibility backwards, tier and level, constraints without their last zeros (ISO/IEC 14496-15 annex E).
std::string codecs_of_hevc(const std::string& entry, Bytes hvcc) {
  constexpr size_t kLevelAt = 12, kConstraintsAt = 6;
  if (hvcc.size() <= kLevelAt) return "";
  uint32_t compatible = 0;
  for (size_t bit = 0; bit < 32; ++bit) {
    if ((hvcc[2 + bit / 8] >> (7 - bit % 8) & 1) != 0) compatible |= uint32_t{1} << bit;
  }
  constexpr const char* kSpaces[] = {"", "A", "B", "C"};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), ".%s%d.%X.%c%d", kSpaces[hvcc[1] >> 6], hvcc[1] & 0x1f, compatible,
                (hvcc[1] & 0x20) != 0 ? 'H' : 'L', hvcc[kLevelAt]);
  std::string codecs = entry + text.data();
  size_t end = kLevelAt;
  while (end > kConstraintsAt && hvcc[end - 1] == 0) --end;
  for (size_t i = kConstraintsAt; i < end; ++i) {
    std::snprintf(text.data(), text.size(), ".%X", hvcc[i]);
    codecs += text.data();
  }
  return codecs;
}

Result<void> read_video_entry(BigEndianReader reader, InitInfo& info) {
  reader.skip(6 + 2 + 16);
  info.width = reader.u16();
  info.height = reader.u16();
  reader.skip(50);
  if (!reader.ok()) return bad("a sample entry " + info.sample_entry + " that is too short");
  TESSERA_TRY_ASSIGN(const auto boxes, read_boxes(reader.rest()));
  const Box* avcc = find_box(boxes, "avcC");
  if (avcc && info.sample_entry.starts_with("avc")) info.codecs = codecs_of_avc(info.sample_entry, avcc->payload);
  const Box* hvcc = find_box(boxes, "hvcC");
  if (hvcc && info.sample_entry.starts_with("h")) info.codecs = codecs_of_hevc(info.sample_entry, hvcc->payload);
  return {};
}

Result<void> read_audio_entry(BigEndianReader reader, InitInfo& info) {
  reader.skip(6 + 2 + 8);
  info.channels = reader.u16();
  reader.skip(6);
  info.sample_rate = static_cast<int>(reader.u32() >> 16);
  if (!reader.ok()) return bad("a sample entry " + info.sample_entry + " that is too short");
  TESSERA_TRY_ASSIGN(const auto boxes, read_boxes(reader.rest()));
  const Box* esds = find_box(boxes, "esds");
  if (esds && info.sample_entry == "mp4a") info.codecs = codecs_of_esds(esds->payload);
  return {};
}

Result<void> read_sample_entry(const std::vector<Box>& media, InitInfo& info) {
  TESSERA_TRY_ASSIGN(const auto minf, inside(media, "minf"));
  TESSERA_TRY_ASSIGN(const auto stbl, inside(minf, "stbl"));
  int version = 0;
  TESSERA_TRY_ASSIGN(auto stsd, open_full_box(stbl, "stsd", version));
  const uint32_t entries = stsd.u32();
  TESSERA_TRY_ASSIGN(const auto boxes, read_boxes(stsd.rest()));
  if (entries != 1 || boxes.size() != 1) return bad("an stsd with " + std::to_string(entries) + " entries; wanted 1");
  info.sample_entry = boxes[0].type;
  const BigEndianReader entry(boxes[0].payload);
  return info.video ? read_video_entry(entry, info) : read_audio_entry(entry, info);
}

/// A single edit without an empty one before it: what encoders use to take back their decode delay.
Result<void> read_edit_list(const std::vector<Box>& trak, InitInfo& info) {
  if (!find_box(trak, "edts")) return {};
  TESSERA_TRY_ASSIGN(const auto edts, inside(trak, "edts"));
  int version = 0;
  TESSERA_TRY_ASSIGN(auto elst, open_full_box(edts, "elst", version));
  const uint32_t edits = elst.u32();
  elst.skip(version == 1 ? 8 : 4);
  info.edit_start = version == 1 ? static_cast<int64_t>(elst.u64()) : int64_t{static_cast<int32_t>(elst.u32())};
  if (!elst.ok()) return bad("an elst box that is too short");
  if (edits != 1 || info.edit_start < 0 || info.edit_start > INT32_MAX) {
    return bad("an edit list of " + std::to_string(edits) + " edits from media time " +
               std::to_string(info.edit_start) + "; wanted one, from 0 or more");
  }
  return {};
}

Result<void> read_track(const std::vector<Box>& trak, InitInfo& info) {
  int version = 0;
  TESSERA_TRY_ASSIGN(auto tkhd, open_full_box(trak, "tkhd", version));
  tkhd.skip(version == 1 ? 16 : 8);
  info.track_id = tkhd.u32();
  TESSERA_TRY_ASSIGN(const auto mdia, inside(trak, "mdia"));
  TESSERA_TRY_ASSIGN(auto mdhd, open_full_box(mdia, "mdhd", version));
  mdhd.skip(version == 1 ? 16 : 8);
  info.timescale = mdhd.u32();
  TESSERA_TRY_ASSIGN(auto hdlr, open_full_box(mdia, "hdlr", version));
  hdlr.skip(4);
  const uint32_t handler = hdlr.u32();
  constexpr uint32_t kVideo = 0x76696465, kSound = 0x736f756e;  // "vide", "soun"
  info.video = handler == kVideo;
  if (!tkhd.ok() || !mdhd.ok() || !hdlr.ok()) return bad("a tkhd, mdhd or hdlr box that is too short");
  if (handler != kVideo && handler != kSound) return bad("a track that is neither video nor audio");
  if (info.timescale == 0 || info.timescale > kMaxTimescale) {
    return bad("a timescale of " + std::to_string(info.timescale) + "; wanted 1 to 1000000000");
  }
  TESSERA_TRY(read_edit_list(trak, info));
  return read_sample_entry(mdia, info);
}

}  // namespace

Result<InitInfo> read_init(Bytes data) {
  TESSERA_TRY_ASSIGN(const auto top, read_boxes(data));
  if (!find_box(top, "ftyp")) return bad("no ftyp box");
  TESSERA_TRY_ASSIGN(const auto moov, inside(top, "moov"));
  const auto tracks = std::count_if(moov.begin(), moov.end(), [](const Box& box) { return box.type == "trak"; });
  if (tracks != 1) return bad(std::to_string(tracks) + " tracks; wanted 1");
  TESSERA_TRY_ASSIGN(const auto trak, inside(moov, "trak"));
  InitInfo info;
  TESSERA_TRY(read_track(trak, info));
  TESSERA_TRY_ASSIGN(const auto mvex, inside(moov, "mvex"));
  int version = 0;
  TESSERA_TRY_ASSIGN(auto trex, open_full_box(mvex, "trex", version));
  const uint32_t track_id = trex.u32();
  trex.skip(4);
  info.default_duration = trex.u32();
  info.default_size = trex.u32();
  info.default_flags = trex.u32();
  if (!trex.ok()) return bad("a trex box that is too short");
  if (track_id != info.track_id) return bad("a trex for track " + std::to_string(track_id));
  return info;
}

}  // namespace tessera::package
