#include "kernels/cuda/tables.h"

#include <algorithm>

namespace tessera::kernels::cuda {
namespace {

/// The taps of one output, zeros at either end left out.
struct Reach {
  int first = 0;  ///< source sample
  const int16_t* taps = nullptr;
  int count = 0;

  int last() const { return first + count - 1; }
};

Reach reach_of(const TapTable& t, int output) {
  const int16_t* taps = t.taps + static_cast<ptrdiff_t>(output) * t.stride;
  int begin = 0, end = t.size;
  while (end > 1 && taps[end - 1] == 0) --end;
  while (begin < end - 1 && taps[begin] == 0) ++begin;
  return {t.first[output] + begin, taps + begin, end - begin};
}

uint32_t half(int value, int place) { return (static_cast<uint32_t>(value) & 0xffffu) << (16 * place); }

}  // namespace

ColumnTable make_columns(const TapTable& taps, int bytes, int step, int lead) {
  const int in_word = 4 / bytes, pairs = in_word / 2, outputs = taps.outputs, padded = (outputs + 1) / 2 * 2;
  const auto word_of = [&](int sample) { return (lead + sample * step) / in_word; };
  ColumnTable table;
  int end = 0;
  for (int x = 0; x < outputs; ++x) {
    const Reach r = reach_of(taps, x);
    table.words = std::max(table.words, word_of(r.last()) - word_of(r.first) + 1);
    end = std::max(end, word_of(r.last()) + 1);
  }
  table.data.assign(
      static_cast<size_t>(padded) + static_cast<size_t>(table.words * pairs) * static_cast<size_t>(outputs), 0);
  uint32_t* out = table.data.data() + padded;
  for (int x = 0; x < outputs; ++x) {
    const Reach r = reach_of(taps, x);
    const int first = std::min(word_of(r.first), end - table.words);  // no word is read that no column needs
    table.data[static_cast<size_t>(x)] = static_cast<uint32_t>(first);
    for (int k = 0; k < r.count; ++k) {
      const int place = lead + (r.first + k) * step - first * in_word, word = place / in_word;
      out[(static_cast<ptrdiff_t>(word) * outputs + x) * pairs + place % in_word / 2] |= half(r.taps[k], place % 2);
    }
  }
  return table;
}

RowTable make_rows(const TapTable& taps) {
  const int outputs = taps.outputs;
  std::vector<int> first(static_cast<size_t>(outputs));
  for (int y = 0; y < outputs; ++y) first[static_cast<size_t>(y)] = reach_of(taps, y).first / 2;
  for (size_t y = first.size() - 1; y-- > 0;) first[y] = std::min(first[y], first[y + 1]);
  RowTable table;
  for (int y = 0; y < outputs; ++y) {
    table.pairs = std::max(table.pairs, reach_of(taps, y).last() / 2 - first[static_cast<size_t>(y)] + 1);
  }
  table.data.assign(first.begin(), first.end());
  table.data.resize(static_cast<size_t>(outputs) * static_cast<size_t>(1 + table.pairs), 0);
  for (int y = 0; y < outputs; ++y) {
    const Reach r = reach_of(taps, y);
    uint32_t* out = table.data.data() + outputs + static_cast<ptrdiff_t>(y) * table.pairs;
    for (int k = 0; k < r.count; ++k) {
      const int place = r.first + k - 2 * first[static_cast<size_t>(y)];
      const int low = static_cast<int8_t>(r.taps[k]), high = (r.taps[k] - low) / 256;
      out[place / 2] |= (static_cast<uint32_t>(low) & 0xffu) << (place % 2 * 8);
      out[place / 2] |= (static_cast<uint32_t>(high) & 0xffu) << (16 + place % 2 * 8);
    }
  }
  return table;
}

}  // namespace tessera::kernels::cuda
