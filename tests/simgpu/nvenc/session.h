#pragma once
// One NVENC session: inputs, output buffers and what is on its way from one to the other. Thread-safe.
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/simgpu/nvenc/codec.h"
#include "tests/simgpu/nvenc/surface.h"
#include "tests/simgpu/simgpu.h"

namespace tessera::simgpu {

class Session {
 public:
  explicit Session(CUcontext context);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  NVENCSTATUS initialize(const NV_ENC_INITIALIZE_PARAMS& params);
  NVENCSTATUS reconfigure(const NV_ENC_RECONFIGURE_PARAMS& params);
  NVENCSTATUS headers(NV_ENC_SEQUENCE_PARAM_PAYLOAD& out);
  NVENCSTATUS set_streams(NV_ENC_CUSTREAM_PTR input, NV_ENC_CUSTREAM_PTR output);

  NVENCSTATUS create_input(NV_ENC_CREATE_INPUT_BUFFER& params);
  NVENCSTATUS destroy_input(void* input);
  NVENCSTATUS lock_input(NV_ENC_LOCK_INPUT_BUFFER& params);
  NVENCSTATUS unlock_input(void* input);
  NVENCSTATUS create_output(NV_ENC_CREATE_BITSTREAM_BUFFER& params);
  NVENCSTATUS destroy_output(void* output);
  NVENCSTATUS register_resource(NV_ENC_REGISTER_RESOURCE& params);
  NVENCSTATUS unregister_resource(void* registration);
  NVENCSTATUS map(NV_ENC_MAP_INPUT_RESOURCE& params);
  NVENCSTATUS unmap(void* input);

  NVENCSTATUS encode(const NV_ENC_PIC_PARAMS& params);
  NVENCSTATUS lock_output(NV_ENC_LOCK_BITSTREAM& params);
  NVENCSTATUS unlock_output(void* output);
  /// Finishes what is on its way; the client may still unmap and unregister.
  void close();

  const char* last_error() const { return last_error_.c_str(); }

 private:
  struct Input {  ///< a registration of device memory, or a buffer that the client fills on the host
    InputLayout layout;
    CUdeviceptr address = 0;
    std::vector<uint8_t> host;
    bool mapped = false, locked = false;
    unsigned pending = 0;  ///< pictures whose bitstream the client has not taken
  };
  struct Output {
    enum class State : uint8_t { kIdle, kPending, kReady, kLocked };
    State state = State::kIdle;
    CodedPicture coded;
    uint64_t timestamp = 0, duration = 0;
    void* input = nullptr;  ///< of the picture that was submitted with this buffer
  };
  struct Job {  ///< a picture that was submitted
    InputLayout layout;
    CUdeviceptr address = 0;
    RawPicture raw;
    unsigned width = 0, height = 0;
    int64_t number = 0;
    bool idr = false, with_headers = false;
    std::optional<EncoderSettings> settings;  ///< new ones, which want a new encoder
  };

  NVENCSTATUS fail(NVENCSTATUS status, const char* format, ...) __attribute__((format(printf, 3, 4)));
  NVENCSTATUS misuse(NVENCSTATUS status, const char* format, ...) __attribute__((format(printf, 3, 4)));
  bool open_codec(const EncoderSettings& settings);
  NVENCSTATUS submit(const NV_ENC_PIC_PARAMS& params, Input& input, Output& output);
  static void take_pixels(void* job);
  void reopen(const EncoderSettings& settings);
  void blacken_if_lost(Job& job) const;
  void encode_submitted();
  void deliver(std::vector<CodedPicture> pictures);
  void finish();
  unsigned ready_soon() const;
  Input* find_input(void* handle);

  std::mutex mutex_;
  const CUcontext context_;
  CUdeviceptr memory_ = 0;  ///< stands for the encoder's own pictures
  EncoderSettings settings_;
  std::unique_ptr<Codec> codec_;
  bool streams_told_ = false, idr_wanted_ = false;
  CUstream input_stream_ = nullptr;
  std::map<void*, std::unique_ptr<Input>> inputs_;
  std::map<void*, std::unique_ptr<Output>> outputs_;
  std::deque<std::shared_ptr<Job>> submitted_;  ///< not yet encoded
  std::map<int64_t, std::pair<uint64_t, uint64_t>> times_;
  std::map<int64_t, bool> headers_wanted_;
  std::deque<Output*> waiting_;  ///< output buffers without a picture, in order
  std::optional<EncoderSettings> next_settings_;
  int64_t count_ = 0;
  unsigned in_codec_ = 0, ready_before_ = 0, taken_ = 0;  ///< pictures: of this codec, of those before, locked
  bool first_ = true, ended_ = false;
  unsigned max_width_ = 0, max_height_ = 0;
  std::string last_error_;
};

/// What the parameters mean. False, with the reason, where the simulated device cannot encode that.
bool translate(const NV_ENC_INITIALIZE_PARAMS& params, EncoderSettings& out, std::string& why);

bool same(const GUID& a, const GUID& b);

}  // namespace tessera::simgpu
