// Pictures on their way from inputs to output buffers.
#include <algorithm>
#include <utility>

#include "tests/simgpu/nvenc/context.h"
#include "tests/simgpu/nvenc/session.h"

namespace tessera::simgpu {

void Session::take_pixels(void* user) {
  const std::unique_ptr<std::shared_ptr<Job>> held(static_cast<std::shared_ptr<Job>*>(user));
  Job& job = **held;
  if (const void* from = simgpu_data(job.address, job.layout.bytes()))
    job.raw = read_surface(from, job.layout, job.width, job.height);
}

NVENCSTATUS Session::submit(const NV_ENC_PIC_PARAMS& params, Input& input, Output& output) {
  auto job = std::make_shared<Job>();
  job->layout = input.layout;
  job->address = input.address;
  const EncoderSettings& settings = next_settings_ ? *next_settings_ : settings_;
  job->width = settings.width;
  job->height = settings.height;
  job->number = count_++;
  job->idr = std::exchange(idr_wanted_, false) || (params.encodePicFlags & NV_ENC_PIC_FLAG_FORCEIDR) != 0;
  job->with_headers = (params.encodePicFlags & NV_ENC_PIC_FLAG_OUTPUT_SPSPPS) != 0;
  if (next_settings_ && job->idr) job->settings = std::exchange(next_settings_, std::nullopt);
  if (job->settings) {
    ready_before_ += in_codec_;
    in_codec_ = 0;
  }
  ++in_codec_;
  times_[job->number] = {params.inputTimeStamp, params.inputDuration};
  if (!input.address) {
    job->raw = read_surface(input.host.data(), input.layout, job->width, job->height);
    simgpu_count("bytes.htod", static_cast<int64_t>(input.layout.bytes()));
    simgpu_count("bytes.htod_pixels", static_cast<int64_t>(input.layout.bytes()));
  } else if (auto* work = new std::shared_ptr<Job>(job); streams_told_) {
    const InContext current(context_);
    simgpu_enqueue(input_stream_, take_pixels, work);
  } else {
    take_pixels(work);  // nothing says what to wait for
  }
  submitted_.push_back(std::move(job));
  waiting_.push_back(&output);
  output.state = Output::State::kPending;
  simgpu_count("encodes", 1);
  return NV_ENC_SUCCESS;
}

unsigned Session::ready_soon() const {
  const unsigned held = std::min(in_codec_, codec_ ? codec_->delay() : 0);
  return ready_before_ + in_codec_ - held;
}

NVENCSTATUS Session::encode(const NV_ENC_PIC_PARAMS& params) {
  const std::lock_guard lock(mutex_);
  const bool ends = (params.encodePicFlags & NV_ENC_PIC_FLAG_EOS) != 0;
  if (!codec_ && ends) return fail(NV_ENC_ERR_ENCODER_NOT_INITIALIZED, "not initialized");  // as libavcodec cleans up
  if (!codec_) return misuse(NV_ENC_ERR_ENCODER_NOT_INITIALIZED, "NvEncEncodePicture: not initialized");
  if (ends) {
    finish();
    return NV_ENC_SUCCESS;
  }
  const auto output = outputs_.find(params.outputBitstream);
  if (output == outputs_.end()) return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncEncodePicture: outputBitstream is none");
  if (output->second->state != Output::State::kIdle)
    return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncEncodePicture: the output buffer is in use");
  Input* input = find_input(params.inputBuffer);
  if (!input) return misuse(NV_ENC_ERR_RESOURCE_NOT_MAPPED, "NvEncEncodePicture: the input is not mapped");
  if (input->locked) return misuse(NV_ENC_ERR_INVALID_CALL, "NvEncEncodePicture: the input buffer is locked");
  if (input->layout.bit_depth() != settings_.bit_depth)
    return fail(NV_ENC_ERR_INVALID_PARAM, "a picture of %u bits for an encoder of %u", input->layout.bit_depth(),
                settings_.bit_depth);
  output->second->input = input;
  ++input->pending;
  submit(params, *input, *output->second);
  return ready_soon() > taken_ ? NV_ENC_SUCCESS : NV_ENC_ERR_NEED_MORE_INPUT;
}

void Session::reopen(const EncoderSettings& settings) {
  const unsigned counted = in_codec_;
  open_codec(settings);
  in_codec_ = counted;
  ended_ = false;
  first_ = true;
}

/// A picture whose memory was gone when it was to be read; that was said then.
void Session::blacken_if_lost(Job& job) const {
  const size_t sample = settings_.bit_depth > 8 ? 2 : 1, luma = sample * settings_.width * settings_.height;
  if (job.raw.planes[0].size() == luma) return;
  for (int i = 0; i < 3; ++i) job.raw.planes[i].assign(i ? luma / 4 : luma, 0);
}

void Session::encode_submitted() {
  if (submitted_.empty()) return;
  if (streams_told_ && simgpu_context_alive(context_)) {
    const InContext current(context_);
    simgpu_wait(input_stream_);
  }
  while (!submitted_.empty()) {
    const std::shared_ptr<Job> job = std::move(submitted_.front());
    submitted_.pop_front();
    if (job->settings) {
      deliver(codec_->flush());
      reopen(*job->settings);
    } else if (ended_) {
      reopen(EncoderSettings(settings_));  // NVENC goes on after the end of a stream; the software encoders cannot
    }
    if (job->with_headers) headers_wanted_[job->number] = true;
    blacken_if_lost(*job);
    deliver(codec_->encode(job->raw, job->number, job->idr));
  }
}

void Session::deliver(std::vector<CodedPicture> pictures) {
  for (CodedPicture& picture : pictures) {
    const bool key = picture.type == NV_ENC_PIC_TYPE_IDR;
    const bool wanted = key && (settings_.headers_at_each_idr || first_) && !settings_.headers_apart;
    if (wanted || headers_wanted_.erase(picture.number)) {
      std::vector<uint8_t> bytes = codec_->headers();
      bytes.insert(bytes.end(), picture.bytes.begin(), picture.bytes.end());
      picture.bytes = std::move(bytes);
    }
    if (key) first_ = false;
    if (waiting_.empty()) return;
    Output& output = *waiting_.front();
    waiting_.pop_front();
    const auto times = times_.extract(picture.number);
    if (!times.empty()) std::tie(output.timestamp, output.duration) = times.mapped();
    output.coded = std::move(picture);
    output.state = Output::State::kReady;
  }
}

void Session::finish() {
  encode_submitted();
  if (!ended_) deliver(codec_->flush());
  ended_ = true;
  ready_before_ += std::exchange(in_codec_, 0);
  for (const auto& [handle, input] : inputs_) input->pending = 0;
}

void Session::close() {
  const std::lock_guard lock(mutex_);
  if (!waiting_.empty() || !submitted_.empty())
    misuse(NV_ENC_ERR_INVALID_CALL, "NvEncDestroyEncoder: %zu pictures are still on their way", waiting_.size());
  if (streams_told_ && !submitted_.empty() && simgpu_context_alive(context_)) {
    const InContext current(context_);
    simgpu_wait(input_stream_);
  }
}

NVENCSTATUS Session::lock_output(NV_ENC_LOCK_BITSTREAM& params) {
  const std::lock_guard lock(mutex_);
  const auto found = outputs_.find(params.outputBitstream);
  if (found == outputs_.end()) return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncLockBitstream: not an output buffer");
  Output& output = *found->second;
  if (output.state == Output::State::kPending) encode_submitted();
  if (output.state == Output::State::kPending) {
    if (params.doNotWait) return NV_ENC_ERR_LOCK_BUSY;
    return misuse(NV_ENC_ERR_LOCK_BUSY, "NvEncLockBitstream: the encoder needs more input before that picture");
  }
  if (output.state != Output::State::kReady)
    return misuse(NV_ENC_ERR_INVALID_CALL, "NvEncLockBitstream: %s",
                  output.state == Output::State::kLocked ? "locked already" : "no picture was encoded into it");
  output.state = Output::State::kLocked;
  ++taken_;
  for (const auto& [handle, input] : inputs_)
    if (input.get() == output.input && input->pending) --input->pending;
  params.frameIdx = static_cast<uint32_t>(output.coded.number);
  params.hwEncodeStatus = 2;
  params.numSlices = 1;
  params.bitstreamSizeInBytes = static_cast<uint32_t>(output.coded.bytes.size());
  params.bitstreamBufferPtr = output.coded.bytes.data();
  params.outputTimeStamp = output.timestamp;
  params.outputDuration = output.duration;
  params.pictureType = output.coded.type;
  params.pictureStruct = NV_ENC_PIC_STRUCT_FRAME;
  params.frameAvgQP = output.coded.qp;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::unlock_output(void* handle) {
  const std::lock_guard lock(mutex_);
  const auto found = outputs_.find(handle);
  if (found == outputs_.end() || found->second->state != Output::State::kLocked)
    return misuse(NV_ENC_ERR_INVALID_CALL, "NvEncUnlockBitstream: not locked");
  *found->second = {};
  return NV_ENC_SUCCESS;
}

}  // namespace tessera::simgpu
