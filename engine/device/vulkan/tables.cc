#include "engine/device/vulkan/tables.h"

#include <algorithm>
#include <string>

namespace tessera::device::vulkan {
namespace {

constexpr int kRows = 3;    // source rows an entry
constexpr int kSlots = 12;  // outputs in work
constexpr int kGroup = 4;   // outputs completed at a time
// Plans after which a table that was not used is forgotten.
constexpr int64_t kIdlePlans = 64;

uint32_t pair(int low, int high) { return (static_cast<uint32_t>(low) & 0xffffu) | static_cast<uint32_t>(high) << 16; }

/// The taps of one axis by output and source row, zeros at either end left out.
class Weights {
 public:
  explicit Weights(const kernels::Taps& taps) : taps_(taps), outputs_(static_cast<int>(taps.first.size())) {
    for (int y = 0; y < outputs_; ++y) {
      int begin = 0, end = taps.size;
      while (end > 1 && tap(y, end - 1) == 0) --end;
      while (begin < end - 1 && tap(y, begin) == 0) ++begin;
      first_.push_back(first(y) + begin);
      end_.push_back(first(y) + end);
    }
    // An output that needs only earlier rows than the one before it waits for that one.
    for (size_t y = 1; y < end_.size(); ++y) end_[y] = std::max(end_[y], end_[y - 1]);
    for (size_t y = first_.size() - 1; y-- > 0;) first_[y] = std::min(first_[y], first_[y + 1]);
  }

  int outputs() const { return outputs_; }
  int first_row(int y) const { return first_[static_cast<size_t>(y)]; }
  int end_row(int y) const { return end_[static_cast<size_t>(y)]; }

  int at(int y, int row) const {
    const int k = row - first(y);
    return k >= 0 && k < taps_.size ? tap(y, k) : 0;
  }

 private:
  int first(int y) const { return taps_.first[static_cast<size_t>(y)]; }
  int tap(int y, int k) const {
    return taps_.taps[static_cast<size_t>(y) * static_cast<size_t>(taps_.stride) + static_cast<size_t>(k)];
  }

  const kernels::Taps& taps_;
  int outputs_;
  std::vector<int> first_, end_;  ///< rows, never falling
};

/// Walks down the source for one strip.
class Strip {
 public:
  Strip(const Weights& weights, int begin, int end) : w_(weights), begin_(begin), end_(end) {}

  /// @return the number of entries; 0 where a row contributes to outputs that are not yet in work
  int append(std::vector<uint32_t>& words) {
    int entries = 0, row = w_.first_row(begin_);
    const int rows_end = w_.end_row(end_ - 1);
    for (int y = begin_; y < end_; y += kGroup) {
      const int needed = w_.end_row(std::min(y + kGroup, end_) - 1);
      do {
        const size_t at = words.size();
        words.resize(at + kEntryWords, 0);
        words[at + 18] = static_cast<uint32_t>(row);
        int k = 0;
        for (; k < kRows && row + k < rows_end; ++k) {
          const bool fits = last_output(row + k) < y + kSlots;
          if (!fits && row + k < needed) return 0;
          if (!fits) break;  // not needed yet: left to the next group
          for (int s = 0; s < kSlots / 2; ++s) {
            words[at + static_cast<size_t>(6 * k + s)] =
                pair(weight(y + 2 * s, row + k), weight(y + 2 * s + 1, row + k));
          }
        }
        row += k;
        words[at + 19] = row < needed ? 1 : 0;
        ++entries;
      } while (row < needed);
    }
    return entries;
  }

 private:
  int weight(int y, int row) const { return y < end_ ? w_.at(y, row) : 0; }

  /// The last output of the strip that a row contributes to. Rows are asked for in rising order.
  int last_output(int row) {
    while (last_ + 1 < end_ && w_.first_row(last_ + 1) <= row) ++last_;
    return last_;
  }

  const Weights& w_;
  int begin_, end_;
  int last_ = begin_;
};

}  // namespace

std::vector<int> row_schedule(const kernels::Taps& taps, int& strip_rows, std::vector<uint32_t>& words) {
  const Weights weights(taps);
  const size_t start = words.size();
  std::vector<int> entries;
  for (int begin = 0; begin < weights.outputs(); begin += strip_rows) {
    entries.push_back(Strip(weights, begin, std::min(begin + strip_rows, weights.outputs())).append(words));
    if (entries.back() != 0) continue;
    words.resize(start);
    strip_rows = kSlots;  // all of a strip's outputs are in work from its beginning
    return row_schedule(taps, strip_rows, words);
  }
  return entries;
}

Result<const ColumnTable*> Tables::columns(const TapsRef& taps, bool wide, Transfers& transfers) {
  const Key key{taps.get(), wide ? 1 : 0};
  Entry<ColumnTable>& entry = columns_[key];
  entry.used = plan_;
  if (entry.table.block != nullptr) return &entry.table;
  ColumnTable& table = entry.table;
  const size_t count = taps->first.size();
  const int samples = wide ? 2 : 4;  // in a word
  const auto word = [&](size_t x) { return taps->first[x] / samples; };
  for (size_t x = 0; x < count; ++x) {
    table.words = std::max(table.words, (taps->first[x] % samples + taps->size + samples - 1) / samples);
    table.reach = std::max(table.reach, word(std::min(x + 7, count - 1)) - word(x));
  }
  table.pairs = table.words * samples / 2;
  words_.clear();
  for (size_t x = 0; x < count; ++x) {
    words_.push_back(static_cast<uint32_t>(word(x)));
    const int16_t* own = taps->taps.data() + x * static_cast<size_t>(taps->stride);
    const int lead = taps->first[x] % samples;
    const auto tap = [&](int k) { return k >= lead && k < lead + taps->size ? own[k - lead] : 0; };
    for (int k = 0; k < table.pairs; ++k) words_.push_back(pair(tap(2 * k), tap(2 * k + 1)));
  }
  auto block = arena_->take(words_.size() * sizeof(uint32_t));
  const Result<void> written = block ? transfers.write(**block, words_) : tl::unexpected<Error>(block.error());
  if (!written) {
    columns_.erase(key);
    return tl::unexpected<Error>(written.error());
  }
  entry.taps = taps;
  table.block = *std::move(block);
  return &table;
}

Result<const RowTable*> Tables::rows(const TapsRef& taps, int most_entries, Transfers& transfers) {
  for (const int strip_rows : {strip_rows_, 48, kSlots, kGroup}) {
    if (strip_rows > strip_rows_) continue;
    TESSERA_TRY_ASSIGN(const RowTable* table, rows_of(taps, strip_rows, transfers));
    if (table->most_entries <= most_entries) return table;
  }
  return fail(Errc::kDevice, "device.vulkan",
              "a picture is made so much smaller that " + std::to_string(taps->size) +
                  " of its rows go into one: more than this device can filter");
}

Result<const RowTable*> Tables::rows_of(const TapsRef& taps, int strip_rows, Transfers& transfers) {
  const Key key{taps.get(), strip_rows};
  Entry<RowTable>& entry = rows_[key];
  entry.used = plan_;
  if (entry.table.block != nullptr) return &entry.table;
  RowTable& table = entry.table;
  std::vector<uint32_t> entries;
  table.strip_rows = strip_rows;
  const std::vector<int> counts = row_schedule(*taps, table.strip_rows, entries);
  table.strips = static_cast<int>(counts.size());
  auto block = arena_->take((counts.size() + entries.size()) * sizeof(uint32_t));
  Result<void> written;
  if (block) {
    words_.clear();
    auto at = static_cast<uint32_t>((*block)->offset() / sizeof(uint32_t) + counts.size());
    for (const int count : counts) {
      words_.push_back(at);
      at += static_cast<uint32_t>(count * kEntryWords);
      table.entries += count;
      table.most_entries = std::max(table.most_entries, count);
    }
    words_.insert(words_.end(), entries.begin(), entries.end());
    written = transfers.write(**block, words_);
  } else {
    written = tl::unexpected<Error>(block.error());
  }
  if (!written) {
    rows_.erase(key);
    return tl::unexpected<Error>(written.error());
  }
  entry.taps = taps;
  table.block = *std::move(block);
  return &table;
}

void Tables::end_plan() {
  ++plan_;
  const auto idle = [this](const auto& item) { return plan_ - item.second.used > kIdlePlans; };
  std::erase_if(columns_, idle);
  std::erase_if(rows_, idle);
}

void Tables::clear() {
  columns_.clear();
  rows_.clear();
}

}  // namespace tessera::device::vulkan
