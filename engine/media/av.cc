#include "engine/media/av.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "engine/base/activity.h"
#include "engine/media/reader_image.h"

namespace tessera::media {
namespace {

// image2 is not among them: it opens other files than the one named.
constexpr const char* kDemuxers =
    "mov,matroska,mpegts,flv,flac,wav,w64,mp3,ogg,aac,avi,mpeg,h264,hevc,ivf,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,gif,apng,yuv4mpegpipe";
constexpr auto kProbeTime = std::chrono::seconds(2);

/// When libav must give up. Lives as long as its AVFormatContext (in `opaque`): the file protocol keeps a copy of the
/// callback and asks it at every read.
struct Deadline {
  std::chrono::steady_clock::time_point at;
};

int deadline_passed(void* deadline) {
  return std::chrono::steady_clock::now() > static_cast<const Deadline*>(deadline)->at ? 1 : 0;
}

Result<void> check_file(const std::string& path, const MediaLimits& limits) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(Errc::kBadInput, path, std::string("can't be opened: ") + std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) return fail(Errc::kBadInput, path, "is not a file; wanted a media file");
  if (info.st_size == 0) return fail(Errc::kBadInput, path, "is empty (0 bytes); wanted a media file");
  if (info.st_size > limits.max_bytes) {
    return fail(
        Errc::kLimit, path,
        "has " + std::to_string(info.st_size) + " bytes; at most " + std::to_string(limits.max_bytes) + " are read");
  }
  if (::access(path.c_str(), R_OK) != 0) {
    return fail(Errc::kBadInput, path, std::string("can't be read: ") + std::strerror(errno));
  }
  return {};
}

Result<void> check_streams(const AVFormatContext& input, const std::string& path, const MediaLimits& limits) {
  if (input.nb_streams > static_cast<unsigned>(limits.max_streams)) {
    return fail(Errc::kLimit, path,
                "has " + std::to_string(input.nb_streams) + " streams; at most " + std::to_string(limits.max_streams) +
                    " are read");
  }
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVCodecParameters& codec = *input.streams[i]->codecpar;
    if (codec.width > limits.max_side || codec.height > limits.max_side ||
        int64_t{codec.width} * codec.height > limits.max_pixels) {
      return fail(Errc::kLimit, path,
                  "is " + std::to_string(codec.width) + "x" + std::to_string(codec.height) + " pixels; at most " +
                      std::to_string(limits.max_side) + " a side and " + std::to_string(limits.max_pixels) +
                      " in all are read");
    }
  }
  return {};
}

/// Lets libav find out what the headers don't say. Its decoders get the limit on pixels before they allocate any.
Result<void> probe_streams(AVFormatContext& input, const std::string& path, const MediaLimits& limits) {
  std::vector<AVDictionary*> options(input.nb_streams, nullptr);
  for (AVDictionary*& option : options) av_dict_set_int(&option, "max_pixels", limits.max_pixels, 0);
  const int status = avformat_find_stream_info(&input, options.empty() ? nullptr : options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  if (status < 0) return fail(Errc::kBadInput, path, "has no readable streams: " + av_text(status));
  if (input.nb_streams == 0) return fail(Errc::kBadInput, path, "has no streams; wanted pictures or sound");
  return check_streams(input, path, limits);
}

}  // namespace

std::string av_text(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

void AvFree::operator()(AVCodecContext* p) const {
  const Activity activity("avcodec_free_context");  // of hardware, this is where it is given back
  avcodec_free_context(&p);
}

void AvFree::operator()(AVFormatContext* p) const {
  const std::unique_ptr<Deadline> deadline(static_cast<Deadline*>(p->opaque));
  avformat_close_input(&p);
}

Result<AvInput> open_input(const std::string& path, const MediaLimits& limits) {
  av_log_set_level(AV_LOG_QUIET);
  TESSERA_TRY(check_file(path, limits));
  TESSERA_TRY(check_picture_file(path, limits));
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) return fail(Errc::kCapacity, path, "no memory to open it");
  auto deadline = std::make_unique<Deadline>(Deadline{std::chrono::steady_clock::now() + kProbeTime});
  context->interrupt_callback = {deadline_passed, deadline.get()};
  context->max_streams = limits.max_streams + 1;
  context->flags |= AVFMT_FLAG_GENPTS;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  av_dict_set(&options, "format_whitelist", kDemuxers, 0);
  const std::string url = "file:" + path;
  const int status = avformat_open_input(&context, url.c_str(), nullptr, &options);
  av_dict_free(&options);
  if (status < 0) return fail(Errc::kBadInput, path, "is no media file that can be read: " + av_text(status));
  AvInput input(context);
  Deadline* const until = deadline.release();
  input->opaque = until;
  TESSERA_TRY(check_streams(*input, path, limits));
  TESSERA_TRY(probe_streams(*input, path, limits));
  until->at = std::chrono::steady_clock::time_point::max();
  return input;
}

Result<AvCodec> open_decoder(const AVStream* stream, const MediaLimits& limits, const AVCodec* codec) {
  const AVCodecParameters* parameters = stream->codecpar;
  if (codec == nullptr) codec = avcodec_find_decoder(parameters->codec_id);
  if (codec == nullptr) {
    return fail(Errc::kBadInput, "media.decode",
                std::string("no decoder for codec ") + avcodec_get_name(parameters->codec_id));
  }
  AvCodec context(avcodec_alloc_context3(codec));
  if (!context) return fail(Errc::kCapacity, "media.decode", "no memory for a decoder");
  avcodec_parameters_to_context(context.get(), parameters);
  context->pkt_timebase = stream->time_base;
  context->thread_count = 1;
  context->max_pixels = limits.max_pixels;
  context->flags |= AV_CODEC_FLAG_UNALIGNED;  // else cropping on the left is rounded to the alignment
  const int status = avcodec_open2(context.get(), codec, nullptr);
  if (status < 0) {
    return fail(Errc::kBadInput, "media.decode", std::string(codec->name) + " refuses the stream: " + av_text(status));
  }
  return context;
}

}  // namespace tessera::media
