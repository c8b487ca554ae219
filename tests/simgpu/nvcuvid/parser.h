#pragma once
// The video parser: cuts a stream into access units, decodes them, and tells the client what a device's parser would:
// the sequence, then each picture in decoding order, then each picture to show in display order.
#include <deque>
#include <string>
#include <vector>

#include "tests/simgpu/nvcuvid/stream_decoder.h"

struct AVCodecParserContext;

namespace tessera::simgpu {

class Parser {
 public:
  /// Null where the codec is not supported.
  static std::unique_ptr<Parser> create(const CUVIDPARSERPARAMS& params);
  ~Parser();

  CUresult parse(const CUVIDSOURCEDATAPACKET& packet);

 private:
  struct Slot {
    std::shared_ptr<Picture> picture;
    bool shown = false;
    uint64_t used = 0;
  };

  Parser() = default;
  bool open_cutter();
  bool cut(const uint8_t* data, size_t size, int64_t timestamp);
  bool access_unit(const uint8_t* data, size_t size);
  bool begin(const std::shared_ptr<Picture>& picture, const uint8_t* data, size_t size);
  bool announce(const SequenceFormat& format);
  bool show();
  bool end_of_stream(bool notify);
  int take_slot(const std::shared_ptr<Picture>& picture);

  CUVIDPARSERPARAMS params_ = {};
  AVCodecContext* cutter_context_ = nullptr;
  AVCodecParserContext* cutter_ = nullptr;
  std::unique_ptr<StreamDecoder> decoder_;
  std::vector<uint8_t> held_;  ///< parameter sets that came ahead of the first timestamp
  std::vector<Slot> slots_;
  SequenceFormat announced_;
  bool has_sequence_ = false, refused_ = false, fresh_ = true;
  int cut_width_ = 0, cut_height_ = 0;
  uint64_t clock_ = 0;
};

}  // namespace tessera::simgpu
