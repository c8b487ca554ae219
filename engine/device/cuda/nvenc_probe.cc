#include "engine/device/cuda/nvenc_probe.h"

#include <ffnvcodec/nvEncodeAPI.h>

#include <cstring>
#include <memory>

#include "engine/device/cuda/nvdec_probe.h"
#include "engine/device/cuda/wanted_driver.h"
#include "engine/media/encode.h"

namespace tessera::device::cuda {
namespace {

constexpr const char* kWhere = "device.nvenc";

struct Unload {
  void operator()(NvencFunctions* functions) const { nvenc_free_functions(&functions); }
};
using Library = std::unique_ptr<NvencFunctions, Unload>;

std::string version_text(uint32_t major, uint32_t minor) { return std::to_string(major) + "." + std::to_string(minor); }

Result<void> check(NVENCSTATUS status, const char* call) {
  if (status == NV_ENC_SUCCESS) return {};
  const bool none = status == NV_ENC_ERR_NO_ENCODE_DEVICE || status == NV_ENC_ERR_UNSUPPORTED_DEVICE;
  // Drivers since about 550 say in the second way that they have no session left.
  const bool full = status == NV_ENC_ERR_OUT_OF_MEMORY || status == NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY;
  std::string detail = std::string(call) + ": error " + std::to_string(status);
  if (none) detail = "this GPU has no NVENC (" + detail + "): renditions are encoded by software";
  if (full) {
    const bool memory = status == NV_ENC_ERR_OUT_OF_MEMORY;
    detail += std::string(memory ? ", out of memory" : ", incompatible client key") + ": that is how a GPU says" +
              (memory ? ", too," : "") + " that it has no session left";
  }
  return fail(full ? Errc::kCapacity : Errc::kDevice, kWhere, std::move(detail), full);
}

/// A session that is asked and encodes nothing.
class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const NvencFunctions& nvenc, CUcontext context) {
    std::unique_ptr<Session> session(new Session);
    session->calls_.version = NV_ENCODE_API_FUNCTION_LIST_VER;
    TESSERA_TRY(check(nvenc.NvEncodeAPICreateInstance(&session->calls_), "NvEncodeAPICreateInstance"));
    NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS params = {};
    params.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
    params.apiVersion = NVENCAPI_VERSION;
    params.device = context;
    params.deviceType = NV_ENC_DEVICE_TYPE_CUDA;
    const auto opened =
        check(session->calls_.nvEncOpenEncodeSessionEx(&params, &session->handle_), "NvEncOpenEncodeSessionEx");
    if (opened) return session;
    return tl::unexpected<Error>(opened.error());
  }
  ~Session() {
    // A session that could not be opened wants to be ended, too, where there is a handle: so the interface's manual.
    if (handle_ != nullptr) calls_.nvEncDestroyEncoder(handle_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Result<bool> has(const GUID& codec) const {
    GUID all[16];
    uint32_t count = 0;
    TESSERA_TRY(check(calls_.nvEncGetEncodeGUIDs(handle_, all, std::size(all), &count), "NvEncGetEncodeGUIDs"));
    for (uint32_t i = 0; i < count; ++i) {
      if (std::memcmp(&all[i], &codec, sizeof codec) == 0) return true;
    }
    return false;
  }

  Result<int> ask(const GUID& codec, NV_ENC_CAPS what) const {
    NV_ENC_CAPS_PARAM params = {};
    params.version = NV_ENC_CAPS_PARAM_VER;
    params.capsToQuery = what;
    int value = 0;
    TESSERA_TRY(check(calls_.nvEncGetEncodeCaps(handle_, codec, &params, &value), "NvEncGetEncodeCaps"));
    return value;
  }

 private:
  Session() = default;
  NV_ENCODE_API_FUNCTION_LIST calls_ = {};
  void* handle_ = nullptr;
};

Result<Library> load(VideoEngines& found) {
  std::string said;
  NvencFunctions* loaded = nullptr;
  const bool is_loaded = nvenc_load_functions(&loaded, &said) == 0;
  Library library(loaded);
  if (!is_loaded) return fail(Errc::kDevice, kWhere, said + ": " + kNoVideoAdvice);
  uint32_t newest = 0;
  TESSERA_TRY(check(library->NvEncodeAPIGetMaxSupportedVersion(&newest), "NvEncodeAPIGetMaxSupportedVersion"));
  found.nvenc_api = version_text(newest >> 4, newest & 15);
  if (newest >= (NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION)) return library;
  return fail(Errc::kDevice, kWhere,
              "the driver has NVENC's interface " + found.nvenc_api + ", the headers " + found.headers + ": " +
                  old_driver_advice());
}

media::VideoEncoderSettings small_picture(const std::string& codec, int depth) {
  media::VideoEncoderSettings settings;
  settings.encoder = "nvenc";
  settings.codec = codec;
  settings.width = settings.height = 256;  // every generation takes that
  settings.depth = depth;
  settings.bitrate_bps = 1'000'000;
  settings.profile = codec == "h264" ? "high" : depth == 10 ? "main10" : "main";
  return settings;
}

using Held = std::vector<std::unique_ptr<media::VideoEncoder>>;

Result<NvencCodec> describe(const Session& session, const std::string& codec, int depth) {
  NvencCodec row;
  row.codec = codec, row.depth = depth;
  const GUID guid = codec == "h264" ? NV_ENC_CODEC_H264_GUID : NV_ENC_CODEC_HEVC_GUID;
  TESSERA_TRY_ASSIGN(const bool is_there, session.has(guid));
  int deep = 0;
  if (is_there && depth == 10) {
    TESSERA_TRY_ASSIGN(deep, session.ask(guid, NV_ENC_CAPS_SUPPORT_10BIT_ENCODE));
  }
  if (!is_there || (depth == 10 && deep == 0)) {
    row.missing = "not on this GPU";
    return row;
  }
  TESSERA_TRY_ASSIGN(row.min_width, session.ask(guid, NV_ENC_CAPS_WIDTH_MIN));
  TESSERA_TRY_ASSIGN(row.min_height, session.ask(guid, NV_ENC_CAPS_HEIGHT_MIN));
  TESSERA_TRY_ASSIGN(row.max_width, session.ask(guid, NV_ENC_CAPS_WIDTH_MAX));
  TESSERA_TRY_ASSIGN(row.max_height, session.ask(guid, NV_ENC_CAPS_HEIGHT_MAX));
  return row;
}

/// What the driver tells, in a session that ends here: sessions are what runs out.
Result<void> ask(const Context& context, VideoEngines& found) {
  TESSERA_TRY_ASSIGN(const Library library, load(found));
  TESSERA_TRY_ASSIGN(const auto current, context.enter());
  TESSERA_TRY_ASSIGN(const std::unique_ptr<Session> session, Session::open(*library, context.handle()));
  TESSERA_TRY_ASSIGN(found.nvenc_engines, session->ask(NV_ENC_CODEC_H264_GUID, NV_ENC_CAPS_NUM_ENCODER_ENGINES));
  for (const auto& [codec, depth] : {std::pair("h264", 8), std::pair("hevc", 8), std::pair("hevc", 10)}) {
    TESSERA_TRY_ASSIGN(NvencCodec row, describe(*session, codec, depth));
    found.nvenc.push_back(std::move(row));
  }
  return {};
}

/// A picture of each codec that the driver told of.
void encode_each(const std::shared_ptr<media::HwDevice>& hardware, VideoEngines& found) {
  for (NvencCodec& row : found.nvenc) {
    if (!row.missing.empty()) continue;
    Held held;
    const auto tried = media::try_nvenc(small_picture(row.codec, row.depth), {hardware, nullptr}, 1, held);
    if (!tried) row.missing = tried.error().detail;
  }
}

void count_sessions(const std::shared_ptr<media::HwDevice>& hardware, VideoEngines& found) {
  const media::VideoEncoderSettings settings = small_picture("h264", 8);
  Held held;
  for (; found.nvenc_sessions < kMostTried; ++found.nvenc_sessions) {
    const auto tried = media::try_nvenc(settings, {hardware, nullptr}, 1, held);
    if (tried) continue;
    found.nvenc_limit = tried.error().detail;
    return;
  }
}

Result<void> probe(const Context& context, const std::shared_ptr<media::HwDevice>& hardware, VideoEngines& found) {
  TESSERA_TRY(ask(context, found));
  encode_each(hardware, found);
  count_sessions(hardware, found);
  if (found.nvenc_sessions > 0) return {};
  return fail(Errc::kDevice, kWhere, "no picture could be encoded: " + found.nvenc_limit);
}

}  // namespace

void probe_nvenc(const Context& context, const std::shared_ptr<media::HwDevice>& hardware, VideoEngines& found) {
  found.headers = version_text(NVENCAPI_MAJOR_VERSION, NVENCAPI_MINOR_VERSION);
  const auto probed = probe(context, hardware, found);
  if (!probed) found.nvenc_missing = probed.error().detail;
}

}  // namespace tessera::device::cuda
