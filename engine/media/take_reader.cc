#include "engine/media/take_reader.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/base/activity.h"
#include "engine/base/channel.h"
#include "engine/media/reader_convert.h"
#include "engine/media/reader_deinterlace.h"
#include "engine/media/reader_hardware.h"

namespace tessera::media {
namespace {

/// Jumps forward over fewer pictures than this are decoded through, not sought.
constexpr int64_t kNearJump = 8;
constexpr uint32_t kMostPreroll = 7;
constexpr const char* kNotDelivered = "the decoder gave no picture";

struct Item {
  int64_t number = 0;
  Result<TakePicture> picture;
};

Result<void> check_index(const TakeIndex& index) {
  if (!index.video || index.video->frames.empty() || index.video->gops.empty() || index.video->formats.empty()) {
    return fail(Errc::kBadInput, index.path, "has no pictures to read");
  }
  const auto count = static_cast<int64_t>(index.video->frames.size());
  const bool frames_sound = std::all_of(index.video->frames.begin(), index.video->frames.end(),
                                        [&](const IndexedFrame& f) { return f.gop < index.video->gops.size(); });
  const bool gops_sound = std::all_of(index.video->gops.begin(), index.video->gops.end(),
                                      [&](const Gop& g) { return g.first_frame >= 0 && g.first_frame < count; });
  if (frames_sound && gops_sound) return {};
  return fail(Errc::kInternal, index.path, "has an index whose frames and GOPs do not match");
}

class Reader final : public TakeReader {
 public:
  struct Codec {
    AvCodec codec;
    std::shared_ptr<HwDevice> hardware;  ///< null: software
  };

  Reader(std::shared_ptr<const TakeIndex> index, std::shared_ptr<const GopMap> gops, PacketSource source, Codec codec,
         const MediaLimits& limits, int read_ahead, std::shared_ptr<MediaCounters> counters,
         std::function<void()> alive)
      : index_(std::move(index)),
        video_(index_->video),
        gops_(std::move(gops)),
        source_(std::move(source)),
        limits_(limits),
        hardware_(codec.hardware != nullptr),
        counters_(std::move(counters)),
        alive_(std::move(alive)),
        decoder_(std::move(codec.codec), video_, codec.hardware),
        deinterlacer_(video_),
        converter_(video_->codec == "rawvideo"),
        read_ahead_(static_cast<size_t>(std::max(read_ahead, 1))) {}
  ~Reader() override { stop(); }

  Result<TakePicture> frame(int64_t number) override;
  std::string hardware_fault() const override {
    const std::lock_guard lock(fault_mutex_);
    return fault_;
  }

 private:
  enum class Outcome : uint8_t { kFinished, kStopped, kTooLate, kSuspect, kMayBeCut };

  int64_t count() const { return static_cast<int64_t>(video_->frames.size()); }
  uint32_t start_for(int64_t number) const;
  bool must_seek(int64_t number) const;
  void start(int64_t number);
  void stop();

  // On the reader's own thread:
  void run(std::stop_token stop, uint32_t gop, int64_t first);
  Result<void> decode(std::stop_token stop, uint32_t gop, int64_t first);
  Result<Outcome> decode_from(std::stop_token stop, uint32_t from, uint32_t gop);
  bool may_be_cut(const TakePacket& packet) const;
  Result<void> go_over_to_software(bool failed);
  void count_decoded();
  std::string note_fall_back(const std::string& what);
  bool is_known_lost(int64_t number) const;
  bool is_suspect(const std::vector<DecodedPicture>& pictures, bool at_end) const;
  Result<bool> deliver(std::vector<DecodedPicture> pictures);
  bool deliver_lost(int64_t until);
  bool push(int64_t number, Result<TakePicture> picture);

  std::shared_ptr<const TakeIndex> index_;
  std::shared_ptr<const VideoIndex> video_;
  std::shared_ptr<const GopMap> gops_;
  PacketSource source_;
  const MediaLimits limits_;
  bool hardware_;
  bool said_fall_back_ = false;
  std::shared_ptr<MediaCounters> counters_;
  std::function<void()> alive_;
  GopDecoder decoder_;
  Deinterlacer deinterlacer_;
  FrameConverter converter_;
  size_t read_ahead_;
  uint32_t preroll_ = 0;  ///< GOPs to begin earlier, in streams that are refreshed little by little
  int64_t deliver_ = 0;   ///< the next number to put into the channel

  std::optional<Channel<Item>> channel_;
  int64_t next_ = -1;  ///< the number the channel gives next; -1 where nothing runs
  int64_t last_ = -1;  ///< number of last_picture_
  TakePicture last_picture_;
  mutable std::mutex fault_mutex_;
  std::string fault_;
  std::jthread thread_;
};

uint32_t Reader::start_for(int64_t number) const {
  return video_->format_of(number).interlaced ? gops_->start_with_neighbour(number) : gops_->start_of(number);
}

bool Reader::must_seek(int64_t number) const {
  if (next_ < 0 || number < next_) return true;
  if (number - next_ < kNearJump) return false;
  return start_for(number) > gops_->start_of(next_);
}

Result<TakePicture> Reader::frame(int64_t number) {
  if (number < 0 || number >= count()) {
    return fail(Errc::kInternal, index_->path,
                "frame " + std::to_string(number) + " asked for; it has " + std::to_string(count()));
  }
  if (number == last_) return last_picture_;
  if (must_seek(number)) start(number);
  last_ = -1;
  last_picture_ = {};
  while (true) {
    std::optional<Item> item = channel_->pop();
    if (!item || !item->picture) {
      next_ = -1;
      if (!item) return fail(Errc::kInternal, index_->path, "the reader's thread ended early");
      return tl::unexpected<Error>(std::move(item->picture).error());
    }
    next_ = item->number + 1;
    if (item->number < number) continue;
    last_ = number;
    last_picture_ = *std::move(item->picture);
    return last_picture_;
  }
}

void Reader::start(int64_t number) {
  stop();
  channel_.emplace(read_ahead_);
  next_ = number;
  const uint32_t gop = start_for(number);
  thread_ = std::jthread([this, gop, number](std::stop_token token) { run(token, gop, number); });
}

void Reader::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  channel_->cancel();
  thread_.join();
}

void Reader::run(std::stop_token stop, uint32_t gop, int64_t first) {
  const Result<void> done = decode(stop, gop, first);
  if (!done) push(deliver_, tl::unexpected<Error>(done.error()));
  channel_->close();
}

Result<void> Reader::decode(std::stop_token stop, uint32_t gop, int64_t first) {
  deliver_ = first;
  while (true) {
    const uint32_t from = gop > preroll_ ? gop - preroll_ : 0;
    TESSERA_TRY_ASSIGN(const Outcome outcome, decode_from(stop, from, gop));
    if (outcome == Outcome::kSuspect || outcome == Outcome::kMayBeCut) {
      TESSERA_TRY(go_over_to_software(outcome == Outcome::kSuspect));
      gop = start_for(deliver_);
      continue;
    }
    if (outcome == Outcome::kFinished) deliver_lost(count());
    if (outcome != Outcome::kTooLate) return {};
    preroll_ = preroll_ * 2 + 1;
  }
}

Result<Reader::Outcome> Reader::decode_from(std::stop_token stop, uint32_t from, uint32_t gop) {
  decoder_.restart(gop);
  deinterlacer_.restart();
  TESSERA_TRY(source_.seek(from));
  while (!stop.stop_requested()) {
    TESSERA_TRY_ASSIGN(std::optional<TakePacket> packet, source_.next());
    std::vector<DecodedPicture> decoded;
    const bool more = packet.has_value();
    if (hardware_ && more && may_be_cut(*packet)) return Outcome::kMayBeCut;
    if (more) {
      TESSERA_TRY(decoder_.send(*std::move(packet), decoded));
    } else {
      TESSERA_TRY(decoder_.finish(decoded));
    }
    count_decoded();
    if (alive_) alive_();
    if (from > 0 && preroll_ < kMostPreroll && decoder_.soft_start()) return Outcome::kTooLate;
    std::vector<DecodedPicture> pictures;
    for (DecodedPicture& picture : decoded) TESSERA_TRY(deinterlacer_.push(std::move(picture), pictures));
    if (!more) TESSERA_TRY(deinterlacer_.finish(pictures));
    if (hardware_ && is_suspect(pictures, !more)) return Outcome::kSuspect;
    TESSERA_TRY_ASSIGN(const bool wanted, deliver(std::move(pictures)));
    if (!wanted) break;
    if (!more) return Outcome::kFinished;
  }
  return Outcome::kStopped;
}

/// Whether a picture is known not to come out of any decoder.
bool Reader::is_known_lost(int64_t number) const {
  if (decoder_.is_known_lost(number) || gops_->is_misplaced(number)) return true;
  return gops_->is_leading(number) && video_->frames[static_cast<size_t>(number)].gop == 0;
}

/// Whether a picture would be shown as lost that the index does not have as lost.
bool Reader::is_suspect(const std::vector<DecodedPicture>& pictures, bool at_end) const {
  int64_t due = deliver_;
  const auto sound_until = [&](int64_t end) {
    while (due < end && is_known_lost(due)) ++due;
    return due >= end;
  };
  for (const DecodedPicture& picture : pictures) {
    if (picture.number < due) continue;
    if (!sound_until(picture.number)) return true;
    if (picture.frame == nullptr && !is_known_lost(picture.number)) return true;
    due = picture.number + 1;
  }
  return at_end && !sound_until(count());
}

/// Whether the file may end within this packet's GOP, in the middle of a picture: NVDEC would show what it makes of it,
/// and not say so. Containers with a table of samples know how long each is.
bool Reader::may_be_cut(const TakePacket& packet) const {
  return source_.is_without_table() && packet.gop + 1 == video_->gops.size();
}

/// Tells once that software took over, with the reason, which it gives.
std::string Reader::note_fall_back(const std::string& what) {
  const std::string said = decoder_.hardware_error().empty() ? last_words() : decoder_.hardware_error();
  const std::string why = what + (said.empty() ? "" : " (" + said + ")");
  if (counters_ && !said_fall_back_) counters_->add_fall_back(index_->path, why);
  said_fall_back_ = true;
  return why;
}

Result<void> Reader::go_over_to_software(bool failed) {
  if (failed) {
    const std::string why = note_fall_back("the hardware decoder failed at picture " + std::to_string(deliver_));
    const std::lock_guard lock(fault_mutex_);
    fault_ = index_->path + ": " + why;
  }
  TESSERA_TRY_ASSIGN(AvCodec codec, open_decoder(source_.stream(), limits_));
  hardware_ = false;
  decoder_ = GopDecoder(std::move(codec), video_);
  return {};
}

void Reader::count_decoded() {
  const GopDecoder::Decoded decoded = decoder_.take_decoded();
  if (!counters_) return;
  counters_->decoded_surfaces += decoded.surfaces;
  counters_->software_decoded += decoded.others;
  if (hardware_ && decoded.others > 0) note_fall_back("libavcodec went over to software");
}

Result<bool> Reader::deliver(std::vector<DecodedPicture> pictures) {
  for (DecodedPicture& picture : pictures) {
    if (picture.number < deliver_) continue;
    if (!deliver_lost(picture.number)) return false;
    TakePicture out;
    if (picture.frame) {
      TESSERA_TRY_ASSIGN(out.frame, converter_.convert(std::move(picture.frame)));
    } else {
      out.lost = true;
      out.reason = std::move(picture.reason);
    }
    if (!push(picture.number, std::move(out))) return false;
  }
  return true;
}

bool Reader::deliver_lost(int64_t until) {
  while (deliver_ < until) {
    if (!push(deliver_, TakePicture{nullptr, true, kNotDelivered})) return false;
  }
  return true;
}

bool Reader::push(int64_t number, Result<TakePicture> picture) {
  deliver_ = number + 1;
  return channel_->push({number, std::move(picture)});
}

/// The decoder for a take: hardware where there is a device and the take suits it.
Result<Reader::Codec> open_codec(const PacketSource& source, const TakeIndex& index, const MediaLimits& limits,
                                 const ReaderHardware& hardware) {
  if (hardware.device && suits_hardware(index, *source.stream())) {
    auto codec = open_hardware_decoder(source.stream(), limits, *hardware.device);
    if (codec) return Reader::Codec{*std::move(codec), hardware.device};
    if (hardware.counters) hardware.counters->add_fall_back(index.path, describe(codec.error()));
  }
  TESSERA_TRY_ASSIGN(AvCodec codec, open_decoder(source.stream(), limits));
  return Reader::Codec{std::move(codec), nullptr};
}

}  // namespace

Result<std::unique_ptr<TakeReader>> TakeReader::open(std::shared_ptr<const TakeIndex> index, const MediaLimits& limits,
                                                     int read_ahead, ReaderHardware hardware) {
  TESSERA_TRY(check_index(*index));
  const auto gops = std::make_shared<const GopMap>(index->video);
  TESSERA_TRY_ASSIGN(PacketSource source, PacketSource::open(index->path, limits, index->video, gops));
  TESSERA_TRY_ASSIGN(Reader::Codec codec, open_codec(source, *index, limits, hardware));
  return std::make_unique<Reader>(std::move(index), gops, std::move(source), std::move(codec), limits, read_ahead,
                                  std::move(hardware.counters), std::move(hardware.alive));
}

}  // namespace tessera::media
