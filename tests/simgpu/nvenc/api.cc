// The calls of a session, by the names that the API's documentation gives them.
#include <algorithm>

#include "tests/simgpu/nvenc/caps.h"
#include "tests/simgpu/nvenc/sessions.h"

using namespace tessera::simgpu;

namespace {

/// Enters a call and finds its session; `body` gets the session. A call that gives something back does so even where a
/// fault is injected.
template <typename Body>
NVENCSTATUS with(const char* call, void* handle, Body body, bool gives_back = false) {
  const auto code = static_cast<NVENCSTATUS>(simgpu_enter(call));
  if (code && !gives_back) return code;
  const auto session = find_session(handle, call);
  if (!session) return NV_ENC_ERR_INVALID_PARAM;
  const NVENCSTATUS status = body(*session);
  return code ? code : status;
}

template <typename Params, typename Body>
NVENCSTATUS with(const char* call, void* handle, Params* params, uint32_t version, Body body) {
  return with(call, handle, [&](Session& session) -> NVENCSTATUS {
    if (!params) return NV_ENC_ERR_INVALID_PTR;
    return params->version == version ? body(session) : NV_ENC_ERR_INVALID_VERSION;
  });
}

template <typename T>
NVENCSTATUS hand_out(std::span<const T> all, T* out, uint32_t room, uint32_t* count) {
  if (!out || !count) return NV_ENC_ERR_INVALID_PTR;
  *count = std::min(room, static_cast<uint32_t>(all.size()));
  std::copy_n(all.begin(), *count, out);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS count_of(size_t count, uint32_t* out) {
  if (!out) return NV_ENC_ERR_INVALID_PTR;
  *out = static_cast<uint32_t>(count);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS config_of(const GUID& codec, NV_ENC_PRESET_CONFIG& out) {
  if (out.version != NV_ENC_PRESET_CONFIG_VER || out.presetCfg.version != NV_ENC_CONFIG_VER)
    return NV_ENC_ERR_INVALID_VERSION;
  out.presetCfg = preset_config(codec);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS not_simulated(const char* call) {
  const auto code = static_cast<NVENCSTATUS>(simgpu_enter(call));
  return code ? code : NV_ENC_ERR_UNIMPLEMENTED;
}

}  // namespace

extern "C" {

NVENCSTATUS NvEncOpenEncodeSessionEx(NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS* params, void** encoder) {
  if (const int code = simgpu_enter(__func__)) return static_cast<NVENCSTATUS>(code);
  if (!params || !encoder) return NV_ENC_ERR_INVALID_PTR;
  if (params->version != NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER || params->apiVersion != NVENCAPI_VERSION)
    return NV_ENC_ERR_INVALID_VERSION;
  if (params->deviceType != NV_ENC_DEVICE_TYPE_CUDA) return NV_ENC_ERR_INVALID_DEVICE;
  if (!simgpu_option_bool("has_nvenc", true)) return NV_ENC_ERR_UNSUPPORTED_DEVICE;
  const auto context = static_cast<CUcontext>(params->device);
  if (!simgpu_context_alive(context)) {
    simgpu_misuse("%s: not a live context", __func__);
    return NV_ENC_ERR_INVALID_ENCODERDEVICE;
  }
  *encoder = open_session(context);
  if (*encoder) return NV_ENC_SUCCESS;
  return static_cast<NVENCSTATUS>(simgpu_option_int("nvenc_full", NV_ENC_ERR_OUT_OF_MEMORY));
}

NVENCSTATUS NvEncOpenEncodeSession(void*, uint32_t, void**) { return not_simulated(__func__); }

NVENCSTATUS NvEncDestroyEncoder(void* encoder) {
  return with(
      __func__, encoder,
      [encoder](Session& session) {
        session.close();
        end_session(encoder);
        return NV_ENC_SUCCESS;
      },
      true);
}

NVENCSTATUS NvEncGetEncodeGUIDCount(void* encoder, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return count_of(codecs().size(), count); });
}
NVENCSTATUS NvEncGetEncodeGUIDs(void* encoder, GUID* out, uint32_t room, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return hand_out(codecs(), out, room, count); });
}
NVENCSTATUS NvEncGetEncodeProfileGUIDCount(void* encoder, GUID codec, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return count_of(profiles(codec).size(), count); });
}
NVENCSTATUS NvEncGetEncodeProfileGUIDs(void* encoder, GUID codec, GUID* out, uint32_t room, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return hand_out(profiles(codec), out, room, count); });
}
NVENCSTATUS NvEncGetInputFormatCount(void* encoder, GUID, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return count_of(input_formats().size(), count); });
}
NVENCSTATUS NvEncGetInputFormats(void* encoder, GUID, NV_ENC_BUFFER_FORMAT* out, uint32_t room, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return hand_out(input_formats(), out, room, count); });
}
NVENCSTATUS NvEncGetEncodeCaps(void* encoder, GUID codec, NV_ENC_CAPS_PARAM* params, int* value) {
  return with(__func__, encoder, params, NV_ENC_CAPS_PARAM_VER, [&](Session&) {
    if (!value) return NV_ENC_ERR_INVALID_PTR;
    *value = capability(codec, params->capsToQuery);
    return NV_ENC_SUCCESS;
  });
}
NVENCSTATUS NvEncGetEncodePresetCount(void* encoder, GUID, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return count_of(presets().size(), count); });
}
NVENCSTATUS NvEncGetEncodePresetGUIDs(void* encoder, GUID, GUID* out, uint32_t room, uint32_t* count) {
  return with(__func__, encoder, [&](Session&) { return hand_out(presets(), out, room, count); });
}
NVENCSTATUS NvEncGetEncodePresetConfig(void* encoder, GUID codec, GUID, NV_ENC_PRESET_CONFIG* out) {
  return with(__func__, encoder, [&](Session&) { return out ? config_of(codec, *out) : NV_ENC_ERR_INVALID_PTR; });
}
NVENCSTATUS NvEncGetEncodePresetConfigEx(void* encoder, GUID codec, GUID, NV_ENC_TUNING_INFO,
                                         NV_ENC_PRESET_CONFIG* out) {
  return with(__func__, encoder, [&](Session&) { return out ? config_of(codec, *out) : NV_ENC_ERR_INVALID_PTR; });
}

NVENCSTATUS NvEncInitializeEncoder(void* encoder, NV_ENC_INITIALIZE_PARAMS* params) {
  return with(__func__, encoder, params, NV_ENC_INITIALIZE_PARAMS_VER,
              [&](Session& session) { return session.initialize(*params); });
}
NVENCSTATUS NvEncReconfigureEncoder(void* encoder, NV_ENC_RECONFIGURE_PARAMS* params) {
  return with(__func__, encoder, params, NV_ENC_RECONFIGURE_PARAMS_VER,
              [&](Session& session) { return session.reconfigure(*params); });
}
NVENCSTATUS NvEncGetSequenceParams(void* encoder, NV_ENC_SEQUENCE_PARAM_PAYLOAD* params) {
  return with(__func__, encoder, params, NV_ENC_SEQUENCE_PARAM_PAYLOAD_VER,
              [&](Session& session) { return session.headers(*params); });
}
NVENCSTATUS NvEncSetIOCudaStreams(void* encoder, NV_ENC_CUSTREAM_PTR input, NV_ENC_CUSTREAM_PTR output) {
  return with(__func__, encoder, [&](Session& session) { return session.set_streams(input, output); });
}

NVENCSTATUS NvEncCreateInputBuffer(void* encoder, NV_ENC_CREATE_INPUT_BUFFER* params) {
  return with(__func__, encoder, params, NV_ENC_CREATE_INPUT_BUFFER_VER,
              [&](Session& session) { return session.create_input(*params); });
}
NVENCSTATUS NvEncDestroyInputBuffer(void* encoder, NV_ENC_INPUT_PTR input) {
  return with(
      __func__, encoder, [&](Session& session) { return session.destroy_input(input); }, true);
}
NVENCSTATUS NvEncLockInputBuffer(void* encoder, NV_ENC_LOCK_INPUT_BUFFER* params) {
  return with(__func__, encoder, params, NV_ENC_LOCK_INPUT_BUFFER_VER,
              [&](Session& session) { return session.lock_input(*params); });
}
NVENCSTATUS NvEncUnlockInputBuffer(void* encoder, NV_ENC_INPUT_PTR input) {
  return with(
      __func__, encoder, [&](Session& session) { return session.unlock_input(input); }, true);
}
NVENCSTATUS NvEncCreateBitstreamBuffer(void* encoder, NV_ENC_CREATE_BITSTREAM_BUFFER* params) {
  return with(__func__, encoder, params, NV_ENC_CREATE_BITSTREAM_BUFFER_VER,
              [&](Session& session) { return session.create_output(*params); });
}
NVENCSTATUS NvEncDestroyBitstreamBuffer(void* encoder, NV_ENC_OUTPUT_PTR output) {
  return with(
      __func__, encoder, [&](Session& session) { return session.destroy_output(output); }, true);
}
NVENCSTATUS NvEncRegisterResource(void* encoder, NV_ENC_REGISTER_RESOURCE* params) {
  return with(__func__, encoder, params, NV_ENC_REGISTER_RESOURCE_VER,
              [&](Session& session) { return session.register_resource(*params); });
}
NVENCSTATUS NvEncUnregisterResource(void* encoder, NV_ENC_REGISTERED_PTR registration) {
  return with(
      __func__, encoder, [&](Session& session) { return session.unregister_resource(registration); }, true);
}
NVENCSTATUS NvEncMapInputResource(void* encoder, NV_ENC_MAP_INPUT_RESOURCE* params) {
  return with(__func__, encoder, params, NV_ENC_MAP_INPUT_RESOURCE_VER,
              [&](Session& session) { return session.map(*params); });
}
NVENCSTATUS NvEncUnmapInputResource(void* encoder, NV_ENC_INPUT_PTR input) {
  return with(
      __func__, encoder, [&](Session& session) { return session.unmap(input); }, true);
}

NVENCSTATUS NvEncEncodePicture(void* encoder, NV_ENC_PIC_PARAMS* params) {
  // The end of the stream gives back what is on its way.
  const bool ends = params && (params->encodePicFlags & NV_ENC_PIC_FLAG_EOS) != 0;
  return with(
      __func__, encoder,
      [&](Session& session) -> NVENCSTATUS {
        if (!params) return NV_ENC_ERR_INVALID_PTR;
        return params->version == NV_ENC_PIC_PARAMS_VER ? session.encode(*params) : NV_ENC_ERR_INVALID_VERSION;
      },
      ends);
}
NVENCSTATUS NvEncLockBitstream(void* encoder, NV_ENC_LOCK_BITSTREAM* params) {
  return with(__func__, encoder, params, NV_ENC_LOCK_BITSTREAM_VER,
              [&](Session& session) { return session.lock_output(*params); });
}
NVENCSTATUS NvEncUnlockBitstream(void* encoder, NV_ENC_OUTPUT_PTR output) {
  return with(
      __func__, encoder, [&](Session& session) { return session.unlock_output(output); }, true);
}

NVENCSTATUS NvEncGetEncodeStats(void*, NV_ENC_STAT*) { return not_simulated(__func__); }
NVENCSTATUS NvEncRegisterAsyncEvent(void*, NV_ENC_EVENT_PARAMS*) { return not_simulated(__func__); }
NVENCSTATUS NvEncUnregisterAsyncEvent(void*, NV_ENC_EVENT_PARAMS*) { return not_simulated(__func__); }
NVENCSTATUS NvEncInvalidateRefFrames(void*, uint64_t) { return not_simulated(__func__); }
NVENCSTATUS NvEncCreateMVBuffer(void*, NV_ENC_CREATE_MV_BUFFER*) { return not_simulated(__func__); }
NVENCSTATUS NvEncDestroyMVBuffer(void*, NV_ENC_OUTPUT_PTR) { return not_simulated(__func__); }
NVENCSTATUS NvEncRunMotionEstimationOnly(void*, NV_ENC_MEONLY_PARAMS*) { return not_simulated(__func__); }

/// Says why the last call failed; not counted, so that asking after an injected fault changes nothing.
const char* NvEncGetLastErrorString(void* encoder) {
  const auto session = find_session(encoder, __func__);
  static thread_local std::string text;
  text = session ? session->last_error() : "";
  return text.c_str();
}

SIMGPU_EXPORT NVENCSTATUS NvEncodeAPIGetMaxSupportedVersion(uint32_t* version) {
  if (const int code = simgpu_enter(__func__)) return static_cast<NVENCSTATUS>(code);
  if (!version) return NV_ENC_ERR_INVALID_PTR;
  *version =
      static_cast<uint32_t>(simgpu_option_int("nvenc_version", NVENCAPI_MAJOR_VERSION << 4 | NVENCAPI_MINOR_VERSION));
  return NV_ENC_SUCCESS;
}

SIMGPU_EXPORT NVENCSTATUS NvEncodeAPICreateInstance(NV_ENCODE_API_FUNCTION_LIST* list) {
  if (const int code = simgpu_enter(__func__)) return static_cast<NVENCSTATUS>(code);
  if (!list) return NV_ENC_ERR_INVALID_PTR;
  if (list->version != NV_ENCODE_API_FUNCTION_LIST_VER) return NV_ENC_ERR_INVALID_VERSION;
  NV_ENCODE_API_FUNCTION_LIST all = {};
  all.version = list->version;
  all.nvEncOpenEncodeSession = NvEncOpenEncodeSession;
  all.nvEncGetEncodeGUIDCount = NvEncGetEncodeGUIDCount;
  all.nvEncGetEncodeProfileGUIDCount = NvEncGetEncodeProfileGUIDCount;
  all.nvEncGetEncodeProfileGUIDs = NvEncGetEncodeProfileGUIDs;
  all.nvEncGetEncodeGUIDs = NvEncGetEncodeGUIDs;
  all.nvEncGetInputFormatCount = NvEncGetInputFormatCount;
  all.nvEncGetInputFormats = NvEncGetInputFormats;
  all.nvEncGetEncodeCaps = NvEncGetEncodeCaps;
  all.nvEncGetEncodePresetCount = NvEncGetEncodePresetCount;
  all.nvEncGetEncodePresetGUIDs = NvEncGetEncodePresetGUIDs;
  all.nvEncGetEncodePresetConfig = NvEncGetEncodePresetConfig;
  all.nvEncInitializeEncoder = NvEncInitializeEncoder;
  all.nvEncCreateInputBuffer = NvEncCreateInputBuffer;
  all.nvEncDestroyInputBuffer = NvEncDestroyInputBuffer;
  all.nvEncCreateBitstreamBuffer = NvEncCreateBitstreamBuffer;
  all.nvEncDestroyBitstreamBuffer = NvEncDestroyBitstreamBuffer;
  all.nvEncEncodePicture = NvEncEncodePicture;
  all.nvEncLockBitstream = NvEncLockBitstream;
  all.nvEncUnlockBitstream = NvEncUnlockBitstream;
  all.nvEncLockInputBuffer = NvEncLockInputBuffer;
  all.nvEncUnlockInputBuffer = NvEncUnlockInputBuffer;
  all.nvEncGetEncodeStats = NvEncGetEncodeStats;
  all.nvEncGetSequenceParams = NvEncGetSequenceParams;
  all.nvEncRegisterAsyncEvent = NvEncRegisterAsyncEvent;
  all.nvEncUnregisterAsyncEvent = NvEncUnregisterAsyncEvent;
  all.nvEncMapInputResource = NvEncMapInputResource;
  all.nvEncUnmapInputResource = NvEncUnmapInputResource;
  all.nvEncDestroyEncoder = NvEncDestroyEncoder;
  all.nvEncInvalidateRefFrames = NvEncInvalidateRefFrames;
  all.nvEncOpenEncodeSessionEx = NvEncOpenEncodeSessionEx;
  all.nvEncRegisterResource = NvEncRegisterResource;
  all.nvEncUnregisterResource = NvEncUnregisterResource;
  all.nvEncReconfigureEncoder = NvEncReconfigureEncoder;
  all.nvEncCreateMVBuffer = NvEncCreateMVBuffer;
  all.nvEncDestroyMVBuffer = NvEncDestroyMVBuffer;
  all.nvEncRunMotionEstimationOnly = NvEncRunMotionEstimationOnly;
  all.nvEncGetLastErrorString = NvEncGetLastErrorString;
  all.nvEncSetIOCudaStreams = NvEncSetIOCudaStreams;
  all.nvEncGetEncodePresetConfigEx = NvEncGetEncodePresetConfigEx;
  *list = all;
  return NV_ENC_SUCCESS;
}

}  // extern "C"
