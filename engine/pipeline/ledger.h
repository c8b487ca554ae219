#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/result.h"
#include "engine/origin/origin.h"
#include "engine/package/model.h"
#include "engine/pipeline/open_show.h"

/// The write-once records of committed work, kept with the output under "ledger/".
namespace tessera::pipeline {

/// What one piece of work (a chunk of a programme, or a mix) published.
struct Record {
  std::string kind;                    ///< "chunk" or "mix"
  std::string owner;                   ///< programme id or mix id
  int64_t index = 0;                   ///< chunk number; 0 for a mix
  std::vector<package::Track> tracks;  ///< one per rendition, or the mix's one; `segments` are this chunk's only
  std::vector<Degraded> degraded;      ///< found while rendering it; sorted
};

/// Write-once: the first record for a digest wins.
class Ledger {
 public:
  explicit Ledger(origin::Origin& origin) : origin_(origin) {}

  /// The record for a digest, provided every object it names is there. Empty where there is none or it is unreadable.
  Result<std::optional<Record>> find(const Sha256& digest);

  /// Writes the record, or adopts the one that came first; gives the one that counts.
  Result<Record> commit(const Sha256& digest, const Record& record);

 private:
  origin::Origin& origin_;
};

/// Publishes bytes under the name of their SHA-256: "media/<hex><ending>".
Result<std::string> put_object(origin::Origin& origin, Bytes data, const std::string& ending);

}  // namespace tessera::pipeline
