#include "tests/simgpu/nvenc/session.h"

#include <cstdarg>

#include "tests/simgpu/nvenc/context.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

constexpr unsigned kOwnPictures = 8;

std::string text_of(const char* format, va_list arguments) {
  char text[300];
  std::vsnprintf(text, sizeof text, format, arguments);
  return text;
}

}  // namespace

Session::Session(CUcontext context) : context_(context) { simgpu_live("encoders", 1); }

Session::~Session() {
  simgpu_live("encoders", -1);
  if (memory_ && simgpu_context_alive(context_)) {
    const InContext current(context_);
    simgpu_free(memory_);
  }
  unsigned left = 0;
  for (const auto& [handle, input] : inputs_) {
    if (!input->address) continue;
    ++left;
    simgpu_hold(input->address, -1);
    simgpu_live("registrations", -1);
  }
  if (left) simgpu_misuse("NvEncDestroyEncoder: %u resources are still registered", left);
}

NVENCSTATUS Session::fail(NVENCSTATUS status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  last_error_ = text_of(format, arguments);
  va_end(arguments);
  return status;
}

NVENCSTATUS Session::misuse(NVENCSTATUS status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  last_error_ = text_of(format, arguments);
  va_end(arguments);
  simgpu_misuse("%s", last_error_.c_str());
  return status;
}

bool Session::open_codec(const EncoderSettings& settings) {
  auto codec = settings.hevc ? make_hevc(settings) : make_h264(settings);
  if (!codec) return false;
  codec_ = std::move(codec);
  settings_ = settings;
  in_codec_ = 0;
  return true;
}

NVENCSTATUS Session::initialize(const NV_ENC_INITIALIZE_PARAMS& params) {
  const std::lock_guard lock(mutex_);
  if (codec_) return misuse(NV_ENC_ERR_INVALID_CALL, "NvEncInitializeEncoder: called a second time");
  EncoderSettings settings;
  std::string why;
  if (!translate(params, settings, why)) return fail(NV_ENC_ERR_INVALID_PARAM, "%s", why.c_str());
  max_width_ = std::max(params.maxEncodeWidth, settings.width);
  max_height_ = std::max(params.maxEncodeHeight, settings.height);
  const unsigned pictures = kOwnPictures + params.encodeConfig->rcParams.lookaheadDepth;
  const size_t bytes = size_t{max_width_} * max_height_ * 3 / 2 * (settings.bit_depth > 8 ? 2 : 1) * pictures;
  const InContext current(context_);
  if (simgpu_allocate(bytes, &memory_)) return fail(NV_ENC_ERR_OUT_OF_MEMORY, "no device memory for %zu bytes", bytes);
  if (!open_codec(settings)) return fail(NV_ENC_ERR_INVALID_PARAM, "the software encoder refuses these settings");
  simgpu_count("nvenc.encoders", 1);
  simgpu_count("nvenc.look_ahead_pictures", settings.look_ahead);
  simgpu_count("nvenc.spatial_aq", settings.spatial_aq);
  simgpu_count("nvenc.temporal_aq", settings.temporal_aq);
  simgpu_count("nvenc.b_references", settings.b_reference);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::reconfigure(const NV_ENC_RECONFIGURE_PARAMS& params) {
  const std::lock_guard lock(mutex_);
  if (!codec_) return misuse(NV_ENC_ERR_ENCODER_NOT_INITIALIZED, "NvEncReconfigureEncoder: not initialized");
  EncoderSettings settings;
  std::string why;
  if (!translate(params.reInitEncodeParams, settings, why)) return fail(NV_ENC_ERR_INVALID_PARAM, "%s", why.c_str());
  if (settings.width > max_width_ || settings.height > max_height_ || settings.gop != settings_.gop ||
      settings.b_pictures != settings_.b_pictures || settings.bit_depth != settings_.bit_depth ||
      settings.hevc != settings_.hevc)
    return fail(NV_ENC_ERR_INVALID_PARAM,
                "reconfiguring cannot change the GOP, the depth, the codec or pass the maximum");
  const bool other_size = settings.width != settings_.width || settings.height != settings_.height;
  if (params.resetEncoder || params.forceIDR || other_size) {
    next_settings_ = settings;
    idr_wanted_ = true;
  } else {
    encode_submitted();
    if (!codec_->change_rates(settings)) next_settings_ = settings;  // taken at the next key picture
    settings_ = settings;
  }
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::headers(NV_ENC_SEQUENCE_PARAM_PAYLOAD& out) {
  const std::lock_guard lock(mutex_);
  if (!codec_) return misuse(NV_ENC_ERR_ENCODER_NOT_INITIALIZED, "NvEncGetSequenceParams: not initialized");
  const std::vector<uint8_t> bytes = codec_->headers();
  if (!out.spsppsBuffer || !out.outSPSPPSPayloadSize) return NV_ENC_ERR_INVALID_PTR;
  if (bytes.size() > out.inBufferSize) return NV_ENC_ERR_NOT_ENOUGH_BUFFER;
  std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(out.spsppsBuffer));
  *out.outSPSPPSPayloadSize = static_cast<uint32_t>(bytes.size());
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::set_streams(NV_ENC_CUSTREAM_PTR input, NV_ENC_CUSTREAM_PTR output) {
  const std::lock_guard lock(mutex_);
  if (!input || !output) return NV_ENC_ERR_INVALID_PTR;
  const CUstream streams[2] = {*static_cast<CUstream*>(input), *static_cast<CUstream*>(output)};
  for (const CUstream stream : streams)
    if (stream && !simgpu_stream_of(stream, context_, "NvEncSetIOCudaStreams")) return NV_ENC_ERR_INVALID_PARAM;
  input_stream_ = streams[0];
  streams_told_ = true;
  return NV_ENC_SUCCESS;
}

}  // namespace tessera::simgpu
