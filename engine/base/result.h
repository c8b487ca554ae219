#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace tessera {

/// What kind of failure an Error is. Each maps to one exit code (DESIGN.md section 8).
enum class Errc : uint8_t {
  kUsage,        ///< the command line is wrong: exit 2
  kBadInput,     ///< a job, event log or media file is wrong: exit 10
  kLimit,        ///< an input is larger than a limit allows: exit 11
  kUnreachable,  ///< an origin or source can't be read or written: exit 20
  kDevice,       ///< a device or codec failed: exit 30
  kCapacity,     ///< no memory, session or disk for this now: exit 31
  kDrained,      ///< stopped on request before the work was done: exit 75
  kInternal,     ///< a broken promise inside tessera: exit 70
};

/// One failure. Values; safe to copy between threads.
struct Error {
  Errc code = Errc::kInternal;
  std::string where;       ///< stable name of the place, a metric label: "media.open", or "job.json:/guests/0/takes/1"
  std::string detail;      ///< for the user: what was found and what was wanted, no line break unless several findings
  bool retryable = false;  ///< true where the same call may succeed later
};

template <class T>
using Result = tl::expected<T, Error>;

/// Builds the error arm of any Result.
inline tl::unexpected<Error> fail(Errc code, std::string_view where, std::string detail, bool retryable = false) {
  return tl::unexpected<Error>(Error{code, std::string(where), std::move(detail), retryable});
}

/// The process's exit code for an error (DESIGN.md section 8).
int exit_code(Errc code);

/// "where: detail", the one line a user sees.
std::string describe(const Error& error);

}  // namespace tessera

#define TESSERA_CONCAT_(a, b) a##b
#define TESSERA_CONCAT(a, b) TESSERA_CONCAT_(a, b)

/// Returns the error of a Result from the calling function; otherwise goes on.
#define TESSERA_TRY(expression)                                                                \
  do {                                                                                         \
    auto tessera_try_ = (expression);                                                          \
    if (!tessera_try_) return tl::unexpected<tessera::Error>(std::move(tessera_try_).error()); \
  } while (false)

/// `TESSERA_TRY_ASSIGN(auto x, f());` assigns the value or returns the error.
#define TESSERA_TRY_ASSIGN(target, expression)                                                        \
  auto TESSERA_CONCAT(tessera_try_, __LINE__) = (expression);                                         \
  if (!TESSERA_CONCAT(tessera_try_, __LINE__))                                                        \
    return tl::unexpected<tessera::Error>(std::move(TESSERA_CONCAT(tessera_try_, __LINE__)).error()); \
  target = *std::move(TESSERA_CONCAT(tessera_try_, __LINE__))
