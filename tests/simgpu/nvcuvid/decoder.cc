#include "tests/simgpu/nvcuvid/decoder.h"

#include <algorithm>
#include <cstring>

#include "tests/simgpu/nvcuvid/caps.h"
#include "tests/simgpu/nvcuvid/h264_headers.h"
#include "tests/simgpu/nvcuvid/token.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

constexpr unsigned kPitchAlignment = 512;
constexpr int kPoison = 0xCD;

/// What is queued on a client's stream when it maps or unmaps a surface.
struct SurfaceWork {
  std::shared_ptr<DecoderMemory> memory;
  std::shared_ptr<Picture> picture;  ///< null: the surface is given back
  SurfaceLayout layout;
  CUdeviceptr to;
};

void run_surface_work(void* user) {
  const std::unique_ptr<SurfaceWork> work(static_cast<SurfaceWork*>(user));
  void* data = simgpu_data(work->to, work->layout.bytes());
  if (!data) return;
  if (work->picture)
    write_surface(*work->picture, work->layout, data);
  else
    std::memset(data, kPoison, work->layout.bytes());
}

template <typename Rect>
bool lay_out(SurfaceLayout& out, const Rect& shown, unsigned long coded_width, unsigned long coded_height,
             unsigned long width, unsigned long height, unsigned bytes_per_sample) {
  const bool whole = shown.right <= shown.left || shown.bottom <= shown.top;
  const auto from_x = static_cast<unsigned long>(whole ? 0 : shown.left),
             from_y = static_cast<unsigned long>(whole ? 0 : shown.top);
  const auto shown_width = whole ? coded_width : static_cast<unsigned long>(shown.right - shown.left),
             shown_height = whole ? coded_height : static_cast<unsigned long>(shown.bottom - shown.top);
  out.width = static_cast<unsigned>(width);
  out.height = static_cast<unsigned>(height);
  out.left = static_cast<unsigned>(from_x);
  out.top = static_cast<unsigned>(from_y);
  out.bytes_per_sample = bytes_per_sample;
  out.pitch = (out.width * bytes_per_sample + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  // The device could scale here; the simulation does not.
  return width == (shown_width + 1) / 2 * 2 && height == (shown_height + 1) / 2 * 2;
}

CUresult check_info(const CUVIDDECODECREATEINFO& info) {
  CUVIDDECODECAPS caps = {};
  caps.eCodecType = info.CodecType;
  caps.eChromaFormat = info.ChromaFormat;
  caps.nBitDepthMinus8 = static_cast<unsigned>(info.bitDepthMinus8);
  fill_caps(caps);
  if (!caps.bIsSupported || !((caps.nOutputFormatMask >> info.OutputFormat) & 1)) return kNotSupported;
  if (info.ulWidth > caps.nMaxWidth || info.ulHeight > caps.nMaxHeight || info.ulMaxWidth > caps.nMaxWidth ||
      info.ulMaxHeight > caps.nMaxHeight || info.ulWidth < caps.nMinWidth || info.ulHeight < caps.nMinHeight)
    return kNotSupported;
  const auto most = static_cast<unsigned long>(simgpu_option_int("surfaces", 32));
  if (info.ulNumDecodeSurfaces == 0 || info.ulNumDecodeSurfaces > most || info.ulNumOutputSurfaces == 0 ||
      info.ulNumOutputSurfaces > 64)
    return kInvalidValue;
  if (info.DeinterlaceMode != cudaVideoDeinterlaceMode_Weave) return kNotSupported;
  return simgpu_live_now("decoders") < simgpu_option_int("decoders", 32) ? CUDA_SUCCESS : kOutOfMemory;
}

}  // namespace

DecoderMemory::~DecoderMemory() {
  if (!simgpu_context_alive(context)) return;  // it took them with it
  const CUcontext before = simgpu_make_current(context);
  for (const CUdeviceptr output : outputs) simgpu_free(output);
  if (surfaces) simgpu_free(surfaces);
  simgpu_make_current(before);
}

std::unique_ptr<Decoder> Decoder::create(const CUVIDDECODECREATEINFO& info, CUresult* failure) {
  *failure = check_info(info);
  if (*failure) return nullptr;
  std::unique_ptr<Decoder> out(new Decoder);
  out->context_ = simgpu_current();
  out->info_ = info;
  const unsigned sample = info.OutputFormat == cudaVideoSurfaceFormat_P016 ? 2 : 1;
  if (!lay_out(out->layout_, info.display_area, info.ulWidth, info.ulHeight, info.ulTargetWidth, info.ulTargetHeight,
               sample)) {
    *failure = kNotSupported;
    return nullptr;
  }
  out->surfaces_.resize(info.ulNumDecodeSurfaces);
  *failure = out->allocate(static_cast<unsigned>(info.ulNumOutputSurfaces));
  if (*failure) return nullptr;
  simgpu_live("decoders", 1);
  return out;
}

CUresult Decoder::allocate(unsigned outputs) {
  memory_ = std::make_shared<DecoderMemory>();
  memory_->context = context_;
  SurfaceLayout largest = layout_;
  largest.width = std::max(layout_.width, static_cast<unsigned>(info_.ulMaxWidth));
  largest.height = std::max(layout_.height, static_cast<unsigned>(info_.ulMaxHeight) / 2 * 2);
  largest.pitch = (largest.width * largest.bytes_per_sample + kPitchAlignment - 1) / kPitchAlignment * kPitchAlignment;
  for (unsigned i = 0; i < outputs; ++i) {
    CUdeviceptr address = 0;
    const CUresult failed = simgpu_allocate(largest.bytes(), &address);
    if (failed) return failed;
    memory_->outputs.push_back(address);
    outputs_.push_back({address, -1, nullptr, 0});
  }
  return simgpu_allocate(largest.bytes() * surfaces_.size(), &memory_->surfaces);
}

Decoder::~Decoder() {
  if (!memory_ || !memory_->surfaces) return;  // was never whole
  simgpu_live("decoders", -1);
  for (const Output& output : outputs_) {
    if (output.mapped < 0) continue;
    simgpu_misuse("cuvidDestroyDecoder: surface %d is still mapped", output.mapped);
    simgpu_live("maps", -1);
  }
}

Decoder::Output* Decoder::take_output() {
  static const bool reuse = std::strcmp(simgpu_option_string("memory", "fresh"), "reuse") == 0;
  Output* best = nullptr;
  for (Output& output : outputs_) {
    if (output.mapped >= 0) continue;
    if (!best || (reuse ? output.freed > best->freed : output.freed < best->freed)) best = &output;
  }
  return best;
}

CUresult Decoder::map(int index, unsigned long long* address, unsigned* pitch, const CUVIDPROCPARAMS& params) {
  const std::lock_guard lock(mutex_);
  if (index < 0 || static_cast<size_t>(index) >= surfaces_.size()) {
    simgpu_misuse("cuvidMapVideoFrame64: surface %d of %zu", index, surfaces_.size());
    return kInvalidValue;
  }
  const Surface& surface = surfaces_[static_cast<size_t>(index)];
  if (!surface.picture && surface.failed) return kMapFailed;
  if (!surface.picture) {
    simgpu_misuse("cuvidMapVideoFrame64: nothing was decoded into surface %d", index);
    return kInvalidValue;
  }
  if (std::any_of(outputs_.begin(), outputs_.end(), [&](const Output& output) { return output.mapped == index; }))
    simgpu_misuse("cuvidMapVideoFrame64: surface %d is mapped already", index);
  if (params.output_stream && !simgpu_stream_of(params.output_stream, context_, "cuvidMapVideoFrame64"))
    return kInvalidHandle;
  Output* output = take_output();
  if (!output) {
    simgpu_misuse("cuvidMapVideoFrame64: all %zu output surfaces are mapped", outputs_.size());
    return kMapFailed;
  }
  output->mapped = index;
  output->stream = params.output_stream;
  simgpu_live("maps", 1);
  simgpu_enqueue(output->stream, run_surface_work, new SurfaceWork{memory_, surface.picture, layout_, output->address});
  *address = output->address;
  *pitch = layout_.pitch;
  return CUDA_SUCCESS;
}

void Decoder::poison(const Output& output, bool at_once) {
  auto* work = new SurfaceWork{memory_, nullptr, layout_, output.address};
  if (at_once)
    run_surface_work(work);
  else
    simgpu_enqueue(output.stream, run_surface_work, work);
}

CUresult Decoder::unmap(unsigned long long address) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(outputs_.begin(), outputs_.end(), [&](const Output& output) {
    return output.address == address && output.mapped >= 0;
  });
  if (found == outputs_.end()) {
    simgpu_misuse("cuvidUnmapVideoFrame64: 0x%llx is not mapped", address);
    return kInvalidValue;
  }
  // libavcodec's cuvid decoder gives a surface back right after it queued the copy from it on the same stream. A client
  // that reads surfaces in place must have waited for its readers.
  static const bool reuse = std::strcmp(simgpu_option_string("memory", "fresh"), "reuse") == 0;
  poison(*found, reuse && slices_ != nullptr);
  found->mapped = -1;
  found->freed = ++clock_;
  simgpu_live("maps", -1);
  return CUDA_SUCCESS;
}

CUresult Decoder::decode(const CUVIDPICPARAMS& params) {
  const std::lock_guard lock(mutex_);
  if (params.CurrPicIdx < 0 || static_cast<size_t>(params.CurrPicIdx) >= surfaces_.size()) {
    simgpu_misuse("cuvidDecodePicture: surface %d of %zu", params.CurrPicIdx, surfaces_.size());
    return kInvalidValue;
  }
  Surface& surface = surfaces_[static_cast<size_t>(params.CurrPicIdx)];
  if (!has_token(params)) {
    if (info_.CodecType != cudaVideoCodec_H264) return kNotSupported;
    return decode_slices(params, surface);
  }
  const std::shared_ptr<Picture> picture = token_of(params);
  if (!picture) {
    simgpu_misuse("cuvidDecodePicture: the parser is done with that picture");
    return kInvalidValue;
  }
  if (params.PicWidthInMbs != static_cast<int>((info_.ulWidth + 15) / 16) ||
      params.FrameHeightInMbs != static_cast<int>((info_.ulHeight + 15) / 16)) {
    simgpu_misuse("cuvidDecodePicture: %dx%d macroblocks for a decoder of %lux%lu", params.PicWidthInMbs,
                  params.FrameHeightInMbs, info_.ulWidth, info_.ulHeight);
    return kInvalidValue;
  }
  surface = {picture, {0, 0}, false};
  simgpu_count("surfaces_decoded", 1);
  return CUDA_SUCCESS;
}

void Decoder::lose(int index) {
  const std::lock_guard lock(mutex_);
  if (index >= 0 && static_cast<size_t>(index) < surfaces_.size())
    surfaces_[static_cast<size_t>(index)] = {nullptr, {0, 0}, true};
}

void Decoder::check_references(const CUVIDPICPARAMS& params) {
  for (const CUVIDH264DPBENTRY& entry : params.CodecSpecific.h264.dpb) {
    if (entry.PicIdx < 0 || entry.not_existing) continue;
    if (static_cast<size_t>(entry.PicIdx) < surfaces_.size() && surfaces_[static_cast<size_t>(entry.PicIdx)].failed)
      continue;
    if (static_cast<size_t>(entry.PicIdx) >= surfaces_.size() ||
        !surfaces_[static_cast<size_t>(entry.PicIdx)].picture) {
      simgpu_misuse("cuvidDecodePicture: refers to surface %d, into which nothing was decoded", entry.PicIdx);
      continue;
    }
    const Surface& surface = surfaces_[static_cast<size_t>(entry.PicIdx)];
    if (entry.used_for_reference == 3 && !params.field_pic_flag &&
        (surface.order[0] != entry.FieldOrderCnt[0] || surface.order[1] != entry.FieldOrderCnt[1]))
      simgpu_misuse("cuvidDecodePicture: surface %d was overwritten while pictures still refer to it", entry.PicIdx);
  }
}

std::vector<uint8_t> Decoder::access_unit(const CUVIDPICPARAMS& params) {
  std::vector<uint8_t> out;
  const CUVIDH264PICPARAMS& h = params.CodecSpecific.h264;
  if (!params.field_pic_flag) sent_.interlaced_frames = h.MbaffFrameFlag != 0;
  std::vector<uint8_t> sequence = h264_sequence(params, sent_.interlaced_frames);
  if (sequence != sent_.sequence) {
    out = sequence;
    sent_.sequence = std::move(sequence);
    sent_.pictures.clear();
  }
  const std::span<const uint8_t> bytes(params.pBitstreamData, params.nBitstreamDataLen);
  for (unsigned i = 0; i < params.nNumSlices; ++i) {
    const unsigned from = params.pSliceDataOffsets[i];
    const auto id = from < bytes.size() ? h264_parameter_set_of(bytes.subspan(from)) : std::nullopt;
    if (!id) continue;
    std::vector<uint8_t> set = h264_picture(params, *id);
    std::vector<uint8_t>& known = sent_.pictures[*id];
    if (known == set) continue;
    out.insert(out.end(), set.begin(), set.end());
    known = std::move(set);
  }
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

CUresult Decoder::decode_slices(const CUVIDPICPARAMS& params, Surface& surface) {
  if (const char* obstacle = h264_obstacle(params)) {
    simgpu_misuse("the simulated decoder does not know H.264 with %s", obstacle);
    return kNotSupported;
  }
  if (!params.pBitstreamData || !params.pSliceDataOffsets || params.nNumSlices == 0) return kInvalidValue;
  if (params.PicWidthInMbs != static_cast<int>((info_.ulWidth + 15) / 16) ||
      params.FrameHeightInMbs != static_cast<int>((info_.ulHeight + 15) / 16)) {
    simgpu_misuse("cuvidDecodePicture: %dx%d macroblocks for a decoder of %lux%lu", params.PicWidthInMbs,
                  params.FrameHeightInMbs, info_.ulWidth, info_.ulHeight);
    return kInvalidValue;
  }
  if (!slices_) slices_ = StreamDecoder::create(cudaVideoCodec_H264);
  if (!slices_) return kNotSupported;
  check_references(params);
  const bool whole = slices_->decode(access_unit(params), INT64_MIN);
  // The second field begins none.
  if (auto begun = slices_->begun()) surface.picture = std::move(begun);
  surface.failed = !whole;
  const CUVIDH264PICPARAMS& h = params.CodecSpecific.h264;
  for (int field = 0; field < 2; ++field)
    if (!params.field_pic_flag || params.bottom_field_flag == field) surface.order[field] = h.CurrFieldOrderCnt[field];
  while (slices_->shown()) {
  }
  if (!surface.picture) return kUnknown;
  if (!(params.field_pic_flag && params.second_field)) simgpu_count("surfaces_decoded", 1);
  return CUDA_SUCCESS;
}

CUresult Decoder::status(int index, CUVIDGETDECODESTATUS* out) {
  const std::lock_guard lock(mutex_);
  if (!out || index < 0 || static_cast<size_t>(index) >= surfaces_.size()) return kInvalidValue;
  const Surface& surface = surfaces_[static_cast<size_t>(index)];
  *out = {};
  out->decodeStatus = !surface.picture ? cuvidDecodeStatus_Invalid
                      : surface.failed ? cuvidDecodeStatus_Error
                                       : cuvidDecodeStatus_Success;
  return CUDA_SUCCESS;
}

CUresult Decoder::reconfigure(const CUVIDRECONFIGUREDECODERINFO& info) {
  const std::lock_guard lock(mutex_);
  if (info.ulWidth > info_.ulMaxWidth || info.ulHeight > info_.ulMaxHeight) {
    simgpu_misuse("cuvidReconfigureDecoder: %ux%u is more than the %lux%lu of its creation", info.ulWidth,
                  info.ulHeight, info_.ulMaxWidth, info_.ulMaxHeight);
    return kInvalidValue;
  }
  if (info.ulTargetWidth > info_.ulMaxWidth || info.ulTargetHeight > info_.ulMaxHeight ||
      info.ulNumDecodeSurfaces > info_.ulNumDecodeSurfaces || info.ulNumDecodeSurfaces == 0)
    return kInvalidValue;
  for (const Output& output : outputs_)
    if (output.mapped >= 0) simgpu_misuse("cuvidReconfigureDecoder: surface %d is still mapped", output.mapped);
  SurfaceLayout layout = {};
  if (!lay_out(layout, info.display_area, info.ulWidth, info.ulHeight, info.ulTargetWidth, info.ulTargetHeight,
               layout_.bytes_per_sample))
    return kNotSupported;
  layout_ = layout;
  info_.ulWidth = info.ulWidth;
  info_.ulHeight = info.ulHeight;
  surfaces_.assign(info.ulNumDecodeSurfaces, {});
  return CUDA_SUCCESS;
}

}  // namespace tessera::simgpu
