// The session's inputs and output buffers, and the rules about giving them back.
#include "tests/simgpu/nvenc/session.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {
namespace {

constexpr unsigned kHostPitchAlignment = 64;

/// A mapped input has another handle than its registration, so that one taken for the other is noticed.
void* mapped_handle(void* registration) { return static_cast<char*>(registration) + 1; }
void* registration_of(void* mapped) { return static_cast<char*>(mapped) - 1; }

}  // namespace

Session::Input* Session::find_input(void* handle) {
  if (const auto host = inputs_.find(handle); host != inputs_.end() && !host->second->address)
    return host->second.get();
  if (!handle) return nullptr;
  const auto mapped = inputs_.find(registration_of(handle));
  return mapped != inputs_.end() && mapped->second->mapped ? mapped->second.get() : nullptr;
}

NVENCSTATUS Session::create_input(NV_ENC_CREATE_INPUT_BUFFER& params) {
  const std::lock_guard lock(mutex_);
  auto input = std::make_unique<Input>();
  const unsigned sample = params.bufferFmt == NV_ENC_BUFFER_FORMAT_YUV420_10BIT ? 2 : 1;
  const unsigned pitch = (params.width * sample + kHostPitchAlignment - 1) / kHostPitchAlignment * kHostPitchAlignment;
  input->layout = {params.bufferFmt, params.width, params.height, pitch};
  if (!input->layout.known() || params.width == 0 || params.height == 0 || params.width > 8192 || params.height > 8192)
    return fail(NV_ENC_ERR_INVALID_PARAM, "input buffer of format 0x%x, %ux%u", params.bufferFmt, params.width,
                params.height);
  input->host.assign(size_t{pitch} * ((params.height + 1) / 2) * 3, 0xCD);
  params.inputBuffer = input.get();
  inputs_[input.get()] = std::move(input);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::destroy_input(void* handle) {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(handle);
  if (found == inputs_.end() || found->second->address)
    return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncDestroyInputBuffer: not an input buffer");
  inputs_.erase(found);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::lock_input(NV_ENC_LOCK_INPUT_BUFFER& params) {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(params.inputBuffer);
  if (found == inputs_.end() || found->second->address)
    return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncLockInputBuffer: not an input buffer");
  if (found->second->locked) return misuse(NV_ENC_ERR_INVALID_CALL, "NvEncLockInputBuffer: locked already");
  found->second->locked = true;
  params.bufferDataPtr = found->second->host.data();
  params.pitch = found->second->layout.pitch;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::unlock_input(void* handle) {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(handle);
  if (found == inputs_.end() || !found->second->locked)
    return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncUnlockInputBuffer: not locked");
  found->second->locked = false;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::create_output(NV_ENC_CREATE_BITSTREAM_BUFFER& params) {
  const std::lock_guard lock(mutex_);
  auto output = std::make_unique<Output>();
  params.bitstreamBuffer = output.get();
  outputs_[output.get()] = std::move(output);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::destroy_output(void* handle) {
  const std::lock_guard lock(mutex_);
  if (!handle) return NV_ENC_ERR_INVALID_PTR;  // as libavcodec cleans up after a buffer that it did not get
  const auto found = outputs_.find(handle);
  if (found == outputs_.end())
    return misuse(NV_ENC_ERR_INVALID_PARAM, "NvEncDestroyBitstreamBuffer: not an output buffer");
  if (found->second->state == Output::State::kPending) {
    misuse(NV_ENC_ERR_INVALID_CALL, "NvEncDestroyBitstreamBuffer: a picture is still on its way to it");
    std::erase(waiting_, found->second.get());
  }
  outputs_.erase(found);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::register_resource(NV_ENC_REGISTER_RESOURCE& params) {
  const std::lock_guard lock(mutex_);
  if (params.resourceType != NV_ENC_INPUT_RESOURCE_TYPE_CUDADEVICEPTR || params.bufferUsage != NV_ENC_INPUT_IMAGE)
    return fail(NV_ENC_ERR_UNSUPPORTED_PARAM, "only device memory as input is simulated");
  const InputLayout layout = {params.bufferFormat, params.width, params.height, params.pitch};
  const unsigned row = params.width * (layout.bit_depth() > 8 ? 2 : 1);
  if (!layout.known() || params.width == 0 || params.height == 0 || params.pitch < row || params.pitch % 4)
    return fail(NV_ENC_ERR_INVALID_PARAM, "resource of format 0x%x, %ux%u, pitch %u", params.bufferFormat, params.width,
                params.height, params.pitch);
  const auto address = reinterpret_cast<CUdeviceptr>(params.resourceToRegister);
  if (address % 16)
    return fail(NV_ENC_ERR_INVALID_PARAM, "resource at 0x%llx: not aligned", (unsigned long long)address);
  if (!simgpu_data(address, layout.bytes())) return fail(NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "not device memory");
  for (const auto& [handle, input] : inputs_)
    if (input->address == address)
      misuse(NV_ENC_ERR_RESOURCE_REGISTER_FAILED, "NvEncRegisterResource: that memory is registered already");
  auto input = std::make_unique<Input>();
  input->layout = layout;
  input->address = address;
  simgpu_hold(address, 1);
  simgpu_live("registrations", 1);
  simgpu_count("registrations", 1);
  params.registeredResource = input.get();
  inputs_[input.get()] = std::move(input);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::unregister_resource(void* handle) {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(handle);
  if (found == inputs_.end() || !found->second->address)
    return misuse(NV_ENC_ERR_RESOURCE_NOT_REGISTERED, "NvEncUnregisterResource: not registered");
  if (found->second->mapped) misuse(NV_ENC_ERR_INVALID_CALL, "NvEncUnregisterResource: the resource is still mapped");
  if (found->second->pending)
    misuse(NV_ENC_ERR_INVALID_CALL, "NvEncUnregisterResource: a picture of it is still being encoded");
  simgpu_hold(found->second->address, -1);
  simgpu_live("registrations", -1);
  inputs_.erase(found);
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::map(NV_ENC_MAP_INPUT_RESOURCE& params) {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(params.registeredResource);
  if (found == inputs_.end() || !found->second->address)
    return misuse(NV_ENC_ERR_RESOURCE_NOT_REGISTERED, "NvEncMapInputResource: not registered");
  if (found->second->mapped) return misuse(NV_ENC_ERR_MAP_FAILED, "NvEncMapInputResource: mapped already");
  found->second->mapped = true;
  simgpu_live("encoder_maps", 1);
  params.mappedResource = mapped_handle(found->first);
  params.mappedBufferFmt = found->second->layout.format;
  return NV_ENC_SUCCESS;
}

NVENCSTATUS Session::unmap(void* handle) {
  const std::lock_guard lock(mutex_);
  const auto found = handle ? inputs_.find(registration_of(handle)) : inputs_.end();
  if (found == inputs_.end() || !found->second->mapped)
    return misuse(NV_ENC_ERR_RESOURCE_NOT_MAPPED, "NvEncUnmapInputResource: not mapped");
  if (found->second->pending)
    misuse(NV_ENC_ERR_INVALID_CALL, "NvEncUnmapInputResource: the bitstream of its picture was not taken yet");
  found->second->mapped = false;
  simgpu_live("encoder_maps", -1);
  return NV_ENC_SUCCESS;
}

}  // namespace tessera::simgpu
