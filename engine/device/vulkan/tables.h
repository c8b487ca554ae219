#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/device/frame_plan.h"
#include "engine/device/vulkan/transfers.h"

namespace tessera::device::vulkan {

/// Taps of the columns, as shaders/resample.comp reads them: for each column the first word it reads of a row, then its
/// taps in pairs, laid out as the samples are in words.
struct ColumnTable {
  std::shared_ptr<Arena::Block> block;
  int words = 0;  ///< that a column reads
  int pairs = 0;  ///< of taps, a column
  int reach = 0;  ///< words from the first of a column to the first of the seventh after it, at most
};

/// What the rows of a strip take from the source, three rows an entry; see row_schedule().
struct RowTable {
  std::shared_ptr<Arena::Block> block;  ///< for each strip the word its entries begin at, then the entries
  int strips = 0;
  int strip_rows = 0;    ///< a multiple of 4
  int entries = 0;       ///< of all strips: three source rows each
  int most_entries = 0;  ///< of one strip
};

/// An entry: 18 words of weights (three rows by twelve outputs, in pairs), the first source row, whether the four
/// oldest outputs need more, four words of nothing.
inline constexpr int kEntryWords = 24;

/// The entries of all strips of `strip_rows` outputs. Where that does not work because a source row contributes to too
/// many outputs, strips are cut to twelve and `strip_rows` says so.
/// @return for each strip the number of its entries; the words are appended to `words`
std::vector<int> row_schedule(const kernels::Taps& taps, int& strip_rows, std::vector<uint32_t>& words);

/// Tables in the arena, made once per table of taps and kept while it is in use.
/// Thread-safety: one caller at a time.
class Tables {
 public:
  /// @param strip_rows outputs a strip is to have: few where there is much to run at once
  Tables(std::shared_ptr<Arena> arena, int strip_rows) : arena_(std::move(arena)), strip_rows_(strip_rows) {}

  /// @retval kCapacity no room in the arena
  /// @param wide samples are 16 bit words, else bytes
  Result<const ColumnTable*> columns(const TapsRef& taps, bool wide, Transfers& transfers);
  /// @param most_entries of a strip, which is made lower until it has no more
  /// @retval kDevice not even strips of four outputs have so few
  Result<const RowTable*> rows(const TapsRef& taps, int most_entries, Transfers& transfers);

  /// Call after each plan: forgets what was not used for long. What queued work uses has to be kept by the caller.
  void end_plan();
  void clear();

 private:
  template <class Table>
  struct Entry {
    TapsRef taps;  ///< keeps the key's address from being used again
    Table table;
    int64_t used = 0;
  };
  /// Taps, and the outputs of a strip or whether samples are wide.
  using Key = std::pair<const kernels::Taps*, int>;
  template <class Table>
  using Map = std::map<Key, Entry<Table>>;
  Result<const RowTable*> rows_of(const TapsRef& taps, int strip_rows, Transfers& transfers);

  std::shared_ptr<Arena> arena_;
  int strip_rows_;
  int64_t plan_ = 0;
  Map<ColumnTable> columns_;
  Map<RowTable> rows_;
  std::vector<uint32_t> words_;
};

}  // namespace tessera::device::vulkan
