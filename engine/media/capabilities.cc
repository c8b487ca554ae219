#include "engine/media/capabilities.h"

#include "engine/media/av.h"

namespace tessera::media {
namespace {

constexpr const char* kDecoders[] = {"h264", "hevc", "vp8", "vp9", "av1", "aac", "opus", "mp3", "flac", "pcm_s16le"};

std::string version(unsigned v) {
  return std::to_string(v >> 16) + "." + std::to_string((v >> 8) & 255) + "." + std::to_string(v & 255);
}

CodecSupport decoder(const char* name) {
  const AVCodecDescriptor* descriptor = avcodec_descriptor_get_by_name(name);
  const AVCodec* codec = descriptor == nullptr ? nullptr : avcodec_find_decoder(descriptor->id);
  if (codec == nullptr) return {name, "", "this libavcodec was built without a decoder for it"};
  return {name, codec->name, ""};
}

CodecSupport encoder(const char* name, const char* by, bool is_built) {
  if (!is_built && std::string(name) == "hevc") {
    return {name, "", "no software encoder is built in: NVENC encodes it, with --device cuda"};
  }
  if (!is_built) return {name, "", "not built yet: tessera encodes h264, hevc with NVENC, and aac"};
  if (avcodec_find_encoder_by_name(by) == nullptr) {
    return {name, "", std::string("this libavcodec was built without ") + by};
  }
  return {name, by, ""};
}

}  // namespace

std::vector<CodecSupport> decoders() {
  std::vector<CodecSupport> all;
  for (const char* name : kDecoders) all.push_back(decoder(name));
  return all;
}

std::vector<CodecSupport> encoders() {
  return {encoder("h264", "libx264", true), encoder("hevc", "libx265", false), encoder("av1", "libsvtav1", false),
          encoder("aac", "aac", true)};
}

std::string library_versions() {
  return "libavcodec " + version(avcodec_version()) + ", libavformat " + version(avformat_version());
}

}  // namespace tessera::media
