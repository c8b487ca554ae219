// The simulated NVDEC: surfaces belong to streams, and to the client only while they are mapped.
#include <gtest/gtest.h>

#include "tests/simgpu/tests/video.h"

namespace tessera::simgpu::test {
namespace {

/// A decoder behind a parser, as libavcodec's cuvid decoders have it.
struct DecoderClient {
  CUvideoparser parser = nullptr;
  CUvideodecoder decoder = nullptr;
  unsigned outputs = 1;
  std::vector<CUVIDPARSERDISPINFO> shown;
  int sequences = 0;

  explicit DecoderClient(unsigned output_surfaces) : outputs(output_surfaces) {
    CUVIDPARSERPARAMS params = {};
    params.CodecType = cudaVideoCodec_H264;
    params.ulMaxNumDecodeSurfaces = 12;
    params.pUserData = this;
    params.pfnSequenceCallback = [](void* self, CUVIDEOFORMAT* f) {
      return static_cast<DecoderClient*>(self)->begin(*f);
    };
    params.pfnDecodePicture = [](void* self, CUVIDPICPARAMS* p) {
      return int{cuvid().cuvidDecodePicture(static_cast<DecoderClient*>(self)->decoder, p) == 0};
    };
    params.pfnDisplayPicture = [](void* self, CUVIDPARSERDISPINFO* info) {
      if (info) static_cast<DecoderClient*>(self)->shown.push_back(*info);
      return 1;
    };
    EXPECT_EQ(cuvid().cuvidCreateVideoParser(&parser, &params), 0);
  }

  int begin(const CUVIDEOFORMAT& format) {
    ++sequences;
    EXPECT_EQ(format.coded_width, kWidth);
    EXPECT_EQ(format.coded_height, kHeight);
    EXPECT_LE(format.min_num_decode_surfaces, 12);
    CUVIDDECODECREATEINFO info = {};
    info.ulWidth = info.ulTargetWidth = format.coded_width;
    info.ulHeight = info.ulTargetHeight = format.coded_height;
    info.ulNumDecodeSurfaces = 12;
    info.ulNumOutputSurfaces = outputs;
    info.CodecType = format.codec;
    info.ChromaFormat = format.chroma_format;
    EXPECT_EQ(cuvid().cuvidCreateDecoder(&decoder, &info), 0);
    return 1;
  }

  void parse(const std::vector<unsigned char>& bytes, long long timestamp) const {
    CUVIDSOURCEDATAPACKET packet = {};
    packet.flags = CUVID_PKT_TIMESTAMP;
    packet.payload = bytes.data();
    packet.payload_size = bytes.size();
    packet.timestamp = timestamp;
    EXPECT_EQ(cuvid().cuvidParseVideoData(parser, &packet), 0);
  }

  void end() const {
    CUVIDSOURCEDATAPACKET packet = {};
    packet.flags = CUVID_PKT_ENDOFSTREAM;
    EXPECT_EQ(cuvid().cuvidParseVideoData(parser, &packet), 0);
  }

  CUresult map(int index, CUdeviceptr* address, CUstream stream) const {
    CUVIDPROCPARAMS params = {};
    params.progressive_frame = 1;
    params.output_stream = stream;
    unsigned pitch = 0;
    unsigned long long at = 0;
    const CUresult result = cuvid().cuvidMapVideoFrame(decoder, index, &at, &pitch, &params);
    *address = at;
    return result;
  }
  CUresult unmap(CUdeviceptr address) const { return cuvid().cuvidUnmapVideoFrame(decoder, address); }

  void close() const {
    EXPECT_EQ(cuvid().cuvidDestroyVideoParser(parser), 0);
    EXPECT_EQ(cuvid().cuvidDestroyDecoder(decoder), 0);
  }
};

constexpr int kPictures = 6;

using Step = std::function<void(const Driver&, const DecoderClient&)>;

/// A decoder with kPictures grey pictures decoded and not yet mapped, and a client that does something.
Outcome with_decoder(const nlohmann::json& options, unsigned outputs, const Step& step) {
  return in_process(options, [&](const Driver& d) {
    CUcontext context = d.start();
    DecoderClient client(outputs);
    const auto stream = grey_stream(d, context, kPictures);
    for (size_t i = 0; i < stream.size(); ++i) client.parse(stream[i], static_cast<long long>(1000 * i));
    client.end();
    EXPECT_EQ(client.sequences, 1);
    ASSERT_EQ(client.shown.size(), size_t{kPictures});
    step(d, client);
    client.close();
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  });
}

int brightness(const Driver& d, CUdeviceptr surface) { return d.download(surface, 1)[0]; }

TEST(SimgpuNvdec, PicturesComeInOrderWithTheirTimes) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    expect_clean(with_decoder(mode, 1, [](const Driver& d, const DecoderClient& client) {
      for (int i = 0; i < kPictures; ++i) {
        const auto& shown = client.shown[static_cast<size_t>(i)];
        EXPECT_EQ(shown.timestamp, 1000 * i);
        CUdeviceptr surface = 0;
        EXPECT_EQ(client.map(shown.picture_index, &surface, nullptr), 0);
        EXPECT_NEAR(brightness(d, surface), grey_of(i), 1);
        EXPECT_EQ(client.unmap(surface), 0);
      }
    }));
  }
}

TEST(SimgpuNvdec, ASurfaceIsWrittenOnTheStreamItIsMappedFor) {
  for (const bool ordered : {true, false}) {
    expect_clean(with_decoder({{"mode", "lazy"}}, 1, [ordered](const Driver& d, const DecoderClient& client) {
      CUstream ours = d.stream(), other = d.stream();
      const CUdeviceptr copy = d.allocate(16);
      CUdeviceptr surface = 0;
      EXPECT_EQ(client.map(client.shown[0].picture_index, &surface, ours), 0);
      EXPECT_EQ(d.f->cuMemcpyDtoDAsync(copy, surface, 16, ordered ? ours : other), 0);
      EXPECT_EQ(d.f->cuStreamSynchronize(ordered ? ours : other), 0);
      if (ordered) {
        EXPECT_NEAR(brightness(d, copy), grey_of(0), 1);
      } else {
        EXPECT_EQ(brightness(d, copy), 0xCD);
      }
      EXPECT_EQ(client.unmap(surface), 0);
      EXPECT_EQ(d.f->cuMemFree(copy), 0);
      EXPECT_EQ(d.f->cuStreamDestroy(ours), 0);
      EXPECT_EQ(d.f->cuStreamDestroy(other), 0);
    }));
  }
}

TEST(SimgpuNvdec, ASurfaceGivenBackIsGone) {
  for (const auto& mode : all_modes()) {
    SCOPED_TRACE(mode.dump());
    expect_clean(with_decoder(mode, 2, [](const Driver& d, const DecoderClient& client) {
      CUdeviceptr surface = 0;
      EXPECT_EQ(client.map(client.shown[0].picture_index, &surface, nullptr), 0);
      EXPECT_EQ(client.unmap(surface), 0);
      EXPECT_EQ(brightness(d, surface), 0xCD);
    }));
  }
}

TEST(SimgpuNvdec, OutputSurfacesAreAFixedPool) {
  for (const char* memory : {"fresh", "reuse"}) {
    expect_clean(with_decoder({{"memory", memory}}, 2, [memory](const Driver&, const DecoderClient& client) {
      std::vector<CUdeviceptr> seen;
      for (const auto& shown : client.shown) {
        seen.emplace_back();
        EXPECT_EQ(client.map(shown.picture_index, &seen.back(), nullptr), 0);
        EXPECT_EQ(client.unmap(seen.back()), 0);
      }
      EXPECT_EQ(seen[0] == seen[1], std::string(memory) == "reuse");
      EXPECT_EQ(seen[0], seen[2]);
    }));
  }
}

TEST(SimgpuNvdec, MistakesAreReported) {
  const std::vector<std::pair<const char*, Step>> mistakes = {
      {"all 1 output surfaces are mapped",
       [](const Driver&, const DecoderClient& client) {
         CUdeviceptr first = 0, second = 0;
         EXPECT_EQ(client.map(client.shown[0].picture_index, &first, nullptr), 0);
         EXPECT_NE(client.map(client.shown[1].picture_index, &second, nullptr), 0);
         EXPECT_EQ(client.unmap(first), 0);
       }},
      {"nothing was decoded into surface 11",
       [](const Driver&, const DecoderClient& client) {
         CUdeviceptr surface = 0;
         EXPECT_NE(client.map(11, &surface, nullptr), 0);
       }},
      {"surface 12 of 12",
       [](const Driver&, const DecoderClient& client) {
         CUdeviceptr surface = 0;
         EXPECT_NE(client.map(12, &surface, nullptr), 0);
       }},
      {"is not mapped",
       [](const Driver&, const DecoderClient& client) {
         CUdeviceptr surface = 0;
         EXPECT_EQ(client.map(client.shown[0].picture_index, &surface, nullptr), 0);
         EXPECT_EQ(client.unmap(surface), 0);
         EXPECT_NE(client.unmap(surface), 0);
       }},
      {"cuvidDestroyDecoder: surface",
       [](const Driver&, const DecoderClient& client) {
         CUdeviceptr surface = 0;
         EXPECT_EQ(client.map(client.shown[0].picture_index, &surface, nullptr), 0);
       }},
      {"context is not current",
       [](const Driver& d, const DecoderClient& client) {
         CUcontext before = nullptr;
         CUdeviceptr surface = 0;
         EXPECT_EQ(d.f->cuCtxPopCurrent(&before), 0);
         client.map(client.shown[0].picture_index, &surface, nullptr);
         EXPECT_EQ(d.f->cuCtxPushCurrent(before), 0);
         EXPECT_EQ(client.unmap(surface), 0);
       }},
  };
  for (const auto& [text, step] : mistakes) {
    SCOPED_TRACE(text);
    expect_misuse(with_decoder({}, 1, step), text);
  }
}

TEST(SimgpuNvdec, LimitsAreKept) {
  expect_clean(in_process({{"decoders", 1}, {"surfaces", 20}, {"memory_mb", 8}}, [](const Driver& d) {
    CUcontext context = d.start();
    CUVIDDECODECREATEINFO info = {};
    info.ulWidth = info.ulTargetWidth = kWidth;
    info.ulHeight = info.ulTargetHeight = kHeight;
    info.CodecType = cudaVideoCodec_H264;
    info.ChromaFormat = cudaVideoChromaFormat_420;
    info.ulNumOutputSurfaces = 1;
    CUvideodecoder first = nullptr, second = nullptr;
    info.ulNumDecodeSurfaces = 21;
    EXPECT_EQ(int{cuvid().cuvidCreateDecoder(&first, &info)}, 1);
    info.ulNumDecodeSurfaces = 20;
    EXPECT_EQ(int{cuvid().cuvidCreateDecoder(&first, &info)}, 0);
    EXPECT_EQ(int{cuvid().cuvidCreateDecoder(&second, &info)}, 2) << "the second decoder";
    EXPECT_EQ(cuvid().cuvidDestroyDecoder(first), 0);
    info.ulWidth = info.ulTargetWidth = 1920;
    info.ulHeight = info.ulTargetHeight = 1088;
    EXPECT_EQ(int{cuvid().cuvidCreateDecoder(&second, &info)}, 2) << "out of memory";
    info.bitDepthMinus8 = 2;
    EXPECT_EQ(int{cuvid().cuvidCreateDecoder(&second, &info)}, 801) << "H.264 has 8 bits";
    EXPECT_EQ(d.f->cuCtxDestroy(context), 0);
  }));
}

}  // namespace
}  // namespace tessera::simgpu::test
