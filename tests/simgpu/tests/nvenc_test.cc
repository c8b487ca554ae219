// The simulated NVENC holds a client to the order of its calls and to the streams it names.
#include <gtest/gtest.h>

#include "tests/simgpu/tests/video.h"

namespace tessera::simgpu::test {
namespace {

using Step = void (*)(const Driver&, const EncoderClient&, NV_ENC_REGISTERED_PTR, NV_ENC_OUTPUT_PTR, CUdeviceptr);

/// One registered surface, one output buffer, and a client that does something.
Outcome with_encoder(Step step, unsigned b_pictures = 0) {
  return in_process({}, [&](const Driver& d) {
    CUcontext context = d.start();
    const EncoderClient encoder(context, b_pictures);
    const CUdeviceptr surface = d.upload(std::vector<unsigned char>(kSurfaceBytes, 90));
    const auto registration = encoder.add(surface);
    step(d, encoder, registration, encoder.output(), surface);
  });
}

void leave(const Driver& d, const EncoderClient& encoder, NV_ENC_REGISTERED_PTR registration, CUdeviceptr surface) {
  EXPECT_EQ(encoder.end(), NV_ENC_SUCCESS);
  nvenc().nvEncUnregisterResource(encoder.session, registration);
  encoder.close();
  d.f->cuMemFree(surface);
  CUcontext context = nullptr;
  d.f->cuCtxPopCurrent(&context);
  d.f->cuCtxDestroy(context);
}

/// Five pictures, filled on a stream that the encoder may know; their bytes.
std::vector<unsigned char> five_pictures(const Driver& d, bool told) {
  CUcontext context = d.start();
  const EncoderClient encoder(context);
  CUstream stream = d.stream();
  if (told) {
    EXPECT_EQ(nvenc().nvEncSetIOCudaStreams(encoder.session, &stream, &stream), NV_ENC_SUCCESS);
  }
  const CUdeviceptr surface = d.allocate(kSurfaceBytes);
  const auto registration = encoder.add(surface);
  const auto output = encoder.output();
  std::vector<unsigned char> out;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(d.f->cuMemsetD8Async(surface, grey_of(i), kSurfaceBytes, stream), 0);
    const auto input = encoder.map(registration);
    EXPECT_EQ(encoder.encode(input, output), NV_ENC_SUCCESS);
    // As a client with a short pool does: the next picture's work is queued behind this one's.
    EXPECT_EQ(d.f->cuMemsetD8Async(surface, 1, kSurfaceBytes, stream), 0);
    const auto coded = encoder.take(output);
    EXPECT_FALSE(coded.empty());
    out.insert(out.end(), coded.begin(), coded.end());
    EXPECT_EQ(nvenc().nvEncUnmapInputResource(encoder.session, input), NV_ENC_SUCCESS);
  }
  leave(d, encoder, registration, surface);
  return out;
}

TEST(SimgpuNvenc, OnlyAnEncoderThatKnowsTheStreamSeesItsPixels) {
  std::string seen[2][2];
  for (bool lazy : {false, true}) {
    for (bool told : {false, true}) {
      const auto outcome = in_process({{"mode", lazy ? "lazy" : "eager"}}, [told](const Driver& d) {
        const auto bytes = five_pictures(d, told);
        std::fwrite(bytes.data(), 1, bytes.size(), stderr);
      });
      EXPECT_EQ(outcome.exit, 0) << outcome.said;
      seen[lazy][told] = outcome.said;
    }
  }
  EXPECT_EQ(seen[0][1], seen[0][0]) << "eager mode hides what the client forgot";
  EXPECT_EQ(seen[1][1], seen[0][1]);
  EXPECT_NE(seen[1][0], seen[0][1]) << "stale pixels";
}

TEST(SimgpuNvenc, MistakesAreReported) {
  const std::vector<std::pair<const char*, Step>> mistakes = {
      {"the bitstream of its picture was not taken yet",
       [](auto& d, auto& e, auto registration, auto output, auto surface) {
         const auto input = e.map(registration);
         e.encode(input, output);
         nvenc().nvEncUnmapInputResource(e.session, input);
         e.take(output);
         leave(d, e, registration, surface);
       }},
      {"no picture was encoded into it",
       [](auto& d, auto& e, auto registration, auto output, auto surface) {
         e.take(output);
         leave(d, e, registration, surface);
       }},
      {"the output buffer is in use",
       [](auto& d, auto& e, auto registration, auto output, auto surface) {
         const auto input = e.map(registration);
         e.encode(input, output);
         e.encode(input, output);
         e.take(output);
         nvenc().nvEncUnmapInputResource(e.session, input);
         leave(d, e, registration, surface);
       }},
      {"the input is not mapped",
       [](auto& d, auto& e, auto registration, auto output, auto surface) {
         e.encode(registration, output);
         leave(d, e, registration, surface);
       }},
      {"mapped already",
       [](auto& d, auto& e, auto registration, auto, auto surface) {
         const auto input = e.map(registration);
         EXPECT_EQ(e.map(registration), nullptr);
         nvenc().nvEncUnmapInputResource(e.session, input);
         leave(d, e, registration, surface);
       }},
      {"the resource is still mapped",
       [](auto& d, auto& e, auto registration, auto, auto surface) {
         e.map(registration);
         leave(d, e, registration, surface);
       }},
      {"that memory is registered already",
       [](auto& d, auto& e, auto registration, auto, auto surface) {
         nvenc().nvEncUnregisterResource(e.session, e.add(surface));
         leave(d, e, registration, surface);
       }},
      {"1 resources are still registered",
       [](auto& d, auto& e, auto, auto, auto surface) {
         e.close();
         d.f->cuMemFree(surface);
         CUcontext context = nullptr;
         d.f->cuCtxPopCurrent(&context);
         d.f->cuCtxDestroy(context);
       }},
      {"allocation #2 is still registered with a video engine",
       [](auto& d, auto& e, auto registration, auto, auto surface) {
         d.f->cuMemFree(surface);
         leave(d, e, registration, 0);
       }},
      {"1 pictures are still on their way",
       [](auto& d, auto& e, auto registration, auto output, auto surface) {
         e.encode(e.map(registration), output);
         e.close();
         (void)registration;
         (void)d;
         (void)surface;
       }},
  };
  for (const auto& [text, step] : mistakes) {
    SCOPED_TRACE(text);
    const auto outcome = with_encoder(step);
    ASSERT_TRUE(outcome.report.is_object()) << outcome.said;
    EXPECT_NE(outcome.report["misuse"].dump().find(text), std::string::npos) << outcome.report["misuse"];
  }
}

TEST(SimgpuNvenc, MoreInputIsWantedForBPictures) {
  expect_clean(with_encoder(
      [](const Driver& d, const EncoderClient& e, NV_ENC_REGISTERED_PTR registration, NV_ENC_OUTPUT_PTR first,
         CUdeviceptr surface) {
        const auto input = e.map(registration);
        std::vector<NV_ENC_OUTPUT_PTR> outputs = {first, e.output(), e.output(), e.output()};
        EXPECT_EQ(e.encode(input, outputs[0]), NV_ENC_ERR_NEED_MORE_INPUT);
        EXPECT_EQ(e.encode(input, outputs[1]), NV_ENC_ERR_NEED_MORE_INPUT);
        EXPECT_EQ(e.encode(input, outputs[2]), NV_ENC_SUCCESS);
        EXPECT_FALSE(e.take(outputs[0]).empty());
        EXPECT_EQ(e.encode(input, outputs[3]), NV_ENC_SUCCESS);
        EXPECT_EQ(e.end(), NV_ENC_SUCCESS);
        for (size_t i = 1; i < outputs.size(); ++i) EXPECT_FALSE(e.take(outputs[i]).empty());
        EXPECT_EQ(nvenc().nvEncUnmapInputResource(e.session, input), NV_ENC_SUCCESS);
        leave(d, e, registration, surface);
      },
      2));
}

TEST(SimgpuNvenc, SessionsAreLimitedAndComeBack) {
  expect_clean(in_process({{"nvenc_sessions", 2}}, [](const Driver& d) {
    CUcontext context = d.start();
    EncoderClient first(context), second(context), third(context);
    EXPECT_EQ(third.opened, NV_ENC_ERR_OUT_OF_MEMORY);
    first.close();
    EncoderClient fourth(context);
    EXPECT_EQ(fourth.opened, NV_ENC_SUCCESS);
    second.close();
    fourth.close();
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

TEST(SimgpuNvenc, WhatItDoesNotEncodeIsRefused) {
  expect_clean(in_process({}, [](const Driver& d) {
    CUcontext context = d.start();
    const EncoderClient encoder(context);
    NV_ENC_CAPS_PARAM params = {};
    params.version = NV_ENC_CAPS_PARAM_VER;
    params.capsToQuery = NV_ENC_CAPS_SUPPORT_10BIT_ENCODE;
    int value = -1;
    EXPECT_EQ(nvenc().nvEncGetEncodeCaps(encoder.session, NV_ENC_CODEC_H264_GUID, &params, &value), NV_ENC_SUCCESS);
    EXPECT_EQ(value, 0);
    params.version = 1;
    EXPECT_EQ(nvenc().nvEncGetEncodeCaps(encoder.session, NV_ENC_CODEC_H264_GUID, &params, &value),
              NV_ENC_ERR_INVALID_VERSION);
    NV_ENC_REGISTER_RESOURCE resource = {};
    resource.version = NV_ENC_REGISTER_RESOURCE_VER;
    resource.resourceType = NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR;
    resource.width = kWidth;
    resource.height = kHeight;
    resource.pitch = kWidth - 1;
    resource.bufferFormat = NV_ENC_BUFFER_FORMAT_NV12;
    EXPECT_EQ(nvenc().nvEncRegisterResource(encoder.session, &resource), NV_ENC_ERR_INVALID_PARAM);
    encoder.close();
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

}  // namespace
}  // namespace tessera::simgpu::test
