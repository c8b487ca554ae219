#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"

/// Where outputs go. One interface, chosen by URL scheme.
namespace tessera::origin {

/// Object names are relative paths of [A-Za-z0-9._/-], no empty, "." or ".." part, at most 512 bytes.
bool is_valid_name(std::string_view name);

/// A place that keeps objects. Every method may be called from any thread.
class Origin {
 public:
  virtual ~Origin() = default;

  enum class Put : uint8_t { kCreated, kExisted };

  /// Writes a write-once object, whole or not at all, durably (file: unnamed file, fsync, link, fsync of the folder).
  /// kExisted: it was there already and was left alone.
  virtual Result<Put> put_once(std::string_view name, Bytes data, std::string_view content_type) = 0;

  /// Writes or replaces an object, whole or not at all, durably.
  /// Both writers: kCapacity (retryable) where there is no room, kUnreachable otherwise; the object is then as before.
  virtual Result<void> replace(std::string_view name, Bytes data, std::string_view content_type) = 0;

  /// @retval kBadInput with detail "not there" where there is no such object; kUnreachable otherwise
  virtual Result<std::vector<uint8_t>> get(std::string_view name) = 0;
  virtual Result<bool> exists(std::string_view name) = 0;

  /// Names of all objects below a folder ("" or "ledger"), sorted; temporaries are not objects.
  virtual Result<std::vector<std::string>> list(std::string_view folder) = 0;

  /// Where it is, for messages, without credentials or query.
  virtual std::string describe() const = 0;
};

/// What an origin is opened for.
enum class Access : uint8_t {
  kRead,   ///< the place must be there already; nothing is made or changed
  kWrite,  ///< the place is made where missing
};

/// "file:///abs/path", a plain path, or "memory:NAME" (this process only, for tests).
/// @retval kUsage an unknown scheme; kUnreachable the place can't be made, read or written
Result<std::unique_ptr<Origin>> open_origin(const std::string& url, Access access = Access::kWrite);

/// The content type of an object name by its ending.
std::string_view content_type_of(std::string_view name);

}  // namespace tessera::origin
