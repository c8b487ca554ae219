#include <dlfcn.h>
#define FFNV_LOAD_FUNC(path) dlopen((std::string(SIMGPU_LIBRARIES "/") + (path)).c_str(), RTLD_LAZY)
#define FFNV_SYM_FUNC(lib, sym) dlsym((lib), (sym))
#define FFNV_FREE_FUNC(lib) dlclose(lib)
#include <string>

#include "tests/simgpu/tests/video.h"

#include <gtest/gtest.h>

namespace tessera::simgpu::test {

const NV_ENCODE_API_FUNCTION_LIST& nvenc() {
  static const NV_ENCODE_API_FUNCTION_LIST list = [] {
    static NvencFunctions* loaded = nullptr;  // until the end
    NV_ENCODE_API_FUNCTION_LIST out = {};
    out.version = NV_ENCODE_API_FUNCTION_LIST_VER;
    EXPECT_EQ(nvenc_load_functions(&loaded, nullptr), 0);
    EXPECT_EQ(loaded->NvEncodeAPICreateInstance(&out), NV_ENC_SUCCESS);
    return out;
  }();
  return list;
}

const CuvidFunctions& cuvid() {
  static const CuvidFunctions* functions = [] {
    CuvidFunctions* loaded = nullptr;
    EXPECT_EQ(cuvid_load_functions(&loaded, nullptr), 0);
    return loaded;
  }();
  return *functions;
}

EncoderClient::EncoderClient(CUcontext context, unsigned b_pictures) {
  NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS open = {};
  open.version = NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS_VER;
  open.deviceType = NV_ENC_DEVICE_TYPE_CUDA;
  open.device = context;
  open.apiVersion = NVENCAPI_VERSION;
  opened = nvenc().nvEncOpenEncodeSessionEx(&open, &session);
  if (opened) return;
  NV_ENC_PRESET_CONFIG preset = {};
  preset.version = NV_ENC_PRESET_CONFIG_VER;
  preset.presetCfg.version = NV_ENC_CONFIG_VER;
  EXPECT_EQ(nvenc().nvEncGetEncodePresetConfigEx(session, NV_ENC_CODEC_H264_GUID, NV_ENC_PRESET_P4_GUID,
                                                 NV_ENC_TUNING_INFO_HIGH_QUALITY, &preset),
            NV_ENC_SUCCESS);
  preset.presetCfg.frameIntervalP = static_cast<int32_t>(b_pictures) + 1;
  preset.presetCfg.rcParams.rateControlMode = NV_ENC_PARAMS_RC_CONSTQP;
  preset.presetCfg.rcParams.constQP = {10, 10, 10};
  NV_ENC_INITIALIZE_PARAMS start = {};
  start.version = NV_ENC_INITIALIZE_PARAMS_VER;
  start.encodeGUID = NV_ENC_CODEC_H264_GUID;
  start.presetGUID = NV_ENC_PRESET_P4_GUID;
  start.encodeWidth = kWidth;
  start.encodeHeight = kHeight;
  start.frameRateNum = 30;
  start.frameRateDen = 1;
  start.enablePTD = 1;
  start.encodeConfig = &preset.presetCfg;
  EXPECT_EQ(nvenc().nvEncInitializeEncoder(session, &start), NV_ENC_SUCCESS)
      << nvenc().nvEncGetLastErrorString(session);
}

NV_ENC_REGISTERED_PTR EncoderClient::add(CUdeviceptr surface) const {
  NV_ENC_REGISTER_RESOURCE params = {};
  params.version = NV_ENC_REGISTER_RESOURCE_VER;
  params.resourceType = NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR;
  params.width = kWidth;
  params.height = kHeight;
  params.pitch = kPitch;
  params.resourceToRegister = reinterpret_cast<void*>(surface);
  params.bufferFormat = NV_ENC_BUFFER_FORMAT_NV12;
  EXPECT_EQ(nvenc().nvEncRegisterResource(session, &params), NV_ENC_SUCCESS);
  return params.registeredResource;
}

NV_ENC_INPUT_PTR EncoderClient::map(NV_ENC_REGISTERED_PTR registration) const {
  NV_ENC_MAP_INPUT_RESOURCE params = {};
  params.version = NV_ENC_MAP_INPUT_RESOURCE_VER;
  params.registeredResource = registration;
  return nvenc().nvEncMapInputResource(session, &params) ? nullptr : params.mappedResource;
}

NV_ENC_OUTPUT_PTR EncoderClient::output() const {
  NV_ENC_CREATE_BITSTREAM_BUFFER params = {};
  params.version = NV_ENC_CREATE_BITSTREAM_BUFFER_VER;
  EXPECT_EQ(nvenc().nvEncCreateBitstreamBuffer(session, &params), NV_ENC_SUCCESS);
  return params.bitstreamBuffer;
}

NVENCSTATUS EncoderClient::encode(NV_ENC_INPUT_PTR input, NV_ENC_OUTPUT_PTR to, unsigned flags) const {
  NV_ENC_PIC_PARAMS params = {};
  params.version = NV_ENC_PIC_PARAMS_VER;
  params.inputBuffer = input;
  params.outputBitstream = to;
  params.encodePicFlags = flags;
  params.bufferFmt = NV_ENC_BUFFER_FORMAT_NV12;
  params.pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
  return nvenc().nvEncEncodePicture(session, &params);
}

NVENCSTATUS EncoderClient::end() const {
  NV_ENC_PIC_PARAMS params = {};
  params.version = NV_ENC_PIC_PARAMS_VER;
  params.encodePicFlags = NV_ENC_PIC_FLAG_EOS;
  return nvenc().nvEncEncodePicture(session, &params);
}

std::vector<unsigned char> EncoderClient::take(NV_ENC_OUTPUT_PTR from, NVENCSTATUS* status) const {
  NV_ENC_LOCK_BITSTREAM params = {};
  params.version = NV_ENC_LOCK_BITSTREAM_VER;
  params.outputBitstream = from;
  const NVENCSTATUS locked = nvenc().nvEncLockBitstream(session, &params);
  if (status) *status = locked;
  if (locked) return {};
  const auto* bytes = static_cast<const unsigned char*>(params.bitstreamBufferPtr);
  std::vector<unsigned char> out(bytes, bytes + params.bitstreamSizeInBytes);
  EXPECT_EQ(nvenc().nvEncUnlockBitstream(session, from), NV_ENC_SUCCESS);
  return out;
}

void EncoderClient::close() const { EXPECT_EQ(nvenc().nvEncDestroyEncoder(session), NV_ENC_SUCCESS); }

unsigned char grey_of(int picture) { return static_cast<unsigned char>(40 + 10 * picture); }

std::vector<std::vector<unsigned char>> grey_stream(const Driver& d, CUcontext context, int pictures) {
  const EncoderClient encoder(context);
  const CUdeviceptr surface = d.allocate(kSurfaceBytes);
  const auto registration = encoder.add(surface);
  const auto to = encoder.output();
  std::vector<std::vector<unsigned char>> out;
  for (int i = 0; i < pictures; ++i) {
    EXPECT_EQ(d.f->cuMemsetD8Async(surface, grey_of(i), kPitch * kHeight, nullptr), 0);
    EXPECT_EQ(d.f->cuMemsetD8Async(surface + kPitch * kHeight, 128, kPitch * kHeight / 2, nullptr), 0);
    EXPECT_EQ(d.f->cuStreamSynchronize(nullptr), 0);
    const auto input = encoder.map(registration);
    EXPECT_EQ(encoder.encode(input, to, i == 0 ? NV_ENC_PIC_FLAG_OUTPUT_SPSPPS : 0), NV_ENC_SUCCESS);
    out.push_back(encoder.take(to));
    EXPECT_EQ(nvenc().nvEncUnmapInputResource(encoder.session, input), NV_ENC_SUCCESS);
  }
  EXPECT_EQ(nvenc().nvEncUnregisterResource(encoder.session, registration), NV_ENC_SUCCESS);
  encoder.close();
  EXPECT_EQ(d.f->cuMemFree(surface), 0);
  return out;
}

}  // namespace tessera::simgpu::test
