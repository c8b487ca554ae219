#include "engine/base/hash.h"

#include <cassert>

#include <openssl/evp.h>
#include <xxhash.h>

namespace tessera {
namespace {

std::string to_hex(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const uint8_t b : bytes) {
    text += kDigits[b >> 4];
    text += kDigits[b & 15];
  }
  return text;
}

}  // namespace

struct Sha256Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { reset(); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void reset() {
    [[maybe_unused]] const int ok = EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    assert(ok == 1);
  }
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) {}
Sha256Hasher::~Sha256Hasher() = default;
Sha256Hasher::Sha256Hasher(Sha256Hasher&&) noexcept = default;
Sha256Hasher& Sha256Hasher::operator=(Sha256Hasher&&) noexcept = default;

void Sha256Hasher::add(Bytes data) { EVP_DigestUpdate(state_->context, data.data(), data.size()); }

Sha256 Sha256Hasher::finish() {
  Sha256 hash;
  unsigned size = 0;
  EVP_DigestFinal_ex(state_->context, hash.bytes.data(), &size);
  assert(size == hash.bytes.size());
  state_->reset();
  return hash;
}

std::string Sha256::hex() const { return to_hex(bytes); }

Sha256 sha256(Bytes data) {
  Sha256Hasher hasher;
  hasher.add(data);
  return hasher.finish();
}

struct Hash128Hasher::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() { XXH3_128bits_reset(xxh); }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Hash128Hasher::Hash128Hasher() : state_(std::make_unique<State>()) {}
Hash128Hasher::~Hash128Hasher() = default;
Hash128Hasher::Hash128Hasher(Hash128Hasher&&) noexcept = default;
Hash128Hasher& Hash128Hasher::operator=(Hash128Hasher&&) noexcept = default;

void Hash128Hasher::add(Bytes data) { XXH3_128bits_update(state_->xxh, data.data(), data.size()); }

Hash128 Hash128Hasher::finish() {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_->xxh);
  XXH3_128bits_reset(state_->xxh);
  return {hash.high64, hash.low64};
}

std::string Hash128::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH128_hash_t{low, high});
  return to_hex({canonical.digest, sizeof canonical.digest});
}

}  // namespace tessera
