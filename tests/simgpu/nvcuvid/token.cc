#include "tests/simgpu/nvcuvid/token.h"

#include <map>
#include <mutex>

namespace tessera::simgpu {
namespace {

constexpr unsigned kMagic = 0x53494d47;

struct Tokens {
  std::mutex mutex;
  std::map<uint64_t, std::weak_ptr<Picture>> pictures;
};

Tokens& tokens() {
  static auto* all = new Tokens;
  return *all;
}

}  // namespace

void put_token(CUVIDPICPARAMS& params, const std::shared_ptr<Picture>& picture) {
  params.Reserved[0] = kMagic;
  params.Reserved[1] = static_cast<unsigned>(picture->id);
  params.Reserved[2] = static_cast<unsigned>(picture->id >> 32);
  const std::lock_guard lock(tokens().mutex);
  std::erase_if(tokens().pictures, [](const auto& entry) { return entry.second.expired(); });
  tokens().pictures[picture->id] = picture;
}

bool has_token(const CUVIDPICPARAMS& params) { return params.Reserved[0] == kMagic; }

std::shared_ptr<Picture> token_of(const CUVIDPICPARAMS& params) {
  const uint64_t id = uint64_t{params.Reserved[2]} << 32 | params.Reserved[1];
  const std::lock_guard lock(tokens().mutex);
  const auto found = tokens().pictures.find(id);
  return found == tokens().pictures.end() ? nullptr : found->second.lock();
}

}  // namespace tessera::simgpu
