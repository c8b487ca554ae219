#version 460
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

// Both passes of a resample. A cluster makes some columns of a strip of rows: it walks down the source three rows at a
// time, filters each horizontally into one value a column, and adds that to the twelve outputs below that may need it;
// every so often the four oldest are complete and are stored. No value between the passes leaves a register.
layout(constant_id = 3) const int kWords = 3;    // words that a column reads; 0: as many as the job says
layout(constant_id = 4) const int kVectors = 1;  // loads of eight words that hold what eight columns read; 0: any
layout(constant_id = 5) const int kWideSrc = 0;   // 1: sources have 16 bit samples of 10 bits; 0: bytes; 2: either
layout(constant_id = 6) const int kWideDst = 0;
layout(constant_id = 7) const int kColumns = 4;  // an invocation makes, eight apart

const int kRows = 3;     // an entry
const int kSlots = 12;   // outputs in work
const int kEntryWords = 24;
const int kRound = 4;  // words of samples a round of filtered_long()
const int kDepthDst = kWideDst == 0 ? 8 : 10;
const int kSamples = kWideSrc == 1 ? 2 : 4;  // of a word that have taps, at most

// Added to the values between the passes: taps that sum to 1 << 14, their absolute values to at most 1 << 15, leave them
// in -8184 .. 24552, so that with it they are 15 bits without a sign, which multiplies faster. It is taken off at the end.
const int kBias = 8192;

const int kTaps = kWords == 0 ? 1 : kSamples * kWords;
const int kLoads = kWords == 0 ? 1 : kVectors == 0 ? kWords : kVectors;
const int kPicks = kWords == 0 ? 1 : kWords;

struct Column {
  int table;  // its taps, in pairs, those of a word's samples together
  int word;   // the first it reads, from the row's start
  uint from;  // the same, counted from the group's first
};

// Of this invocation, all indices being constants once loops are unrolled: taps by column, words by row and column.
Column columns[kColumns];
int taps[kColumns * kTaps];
uint loaded[kRows * kColumns * kLoads];
int middles[kColumns];  // between the passes, where taps come from memory
uint picks[kColumns * kPicks];  // invocations that have loaded the words a column reads

struct Job {
  int src, src_stride, dst, dst_stride, width, height, lead, x_table, strips, across, strip_rows, window, full_scale,
      tap_words, absolute, wide_src;
};

Job read_job(int at_word) {
  const uint a = of_plan(at_word + int(lane)), b = of_plan(at_word + 8 + int(lane));
  return Job(int(handed(a, 0u)), int(handed(a, 1u)), int(handed(a, 2u)), int(handed(a, 3u)), int(handed(a, 4u)),
             int(handed(a, 5u)), int(handed(a, 6u)), int(handed(a, 7u)), int(handed(b, 0u)), int(handed(b, 1u)),
             int(handed(b, 2u)), int(handed(b, 3u)), int(handed(b, 4u)), int(handed(b, 5u)), int(handed(b, 6u)), int(handed(b, 7u)));
}

// How a source's samples lie in words: constants, unless this program has both kinds.
struct Source {
  bool wide;
  int depth;
};

Source source_of(Job job) {
  const bool wide = kWideSrc == 2 ? job.wide_src != 0 : kWideSrc == 1;
  return Source(wide, wide ? 10 : 8);
}

// Sample `i` of a word; of the third and fourth of a word that has two, whose taps are 0, it gives anything.
int sample_of(Source source, uint word, int i) {
  if (kWideSrc == 1 && i == 1) return int(word) >> 16;  // one instruction, and compilers see that it has 16 bits
  const uint shift = uint(i * (source.wide ? 16 : 8)) & 31u;
  return int((word >> shift) & (source.wide ? 1023u : 255u));
}

Column column_at(Job job, int x) {
  Column c;
  c.table = job.x_table + clamp(x, 0, job.width - 1) * (1 + job.tap_words);
  c.word = int(at(c.table));
  c.from = uint(c.word);
  return c;
}

// Word `k` of what a column reads, from what its group has loaded: kLoads words from `base` on.
uint window_word(int base, Column c, int column, int k) {
  if (kVectors == 0) return loaded[base + k];
  uint value = subgroupShuffle(loaded[base], picks[column * kPicks + k]);
  [[unroll]] for (int v = 1; v < kLoads; ++v) {
    const uint other = subgroupShuffle(loaded[base + v], picks[column * kPicks + k]);
    value = c.from + uint(k) >= uint(8 * v) ? other : value;
  }
  return value;
}

int filtered(Source source, int base, Column c, int column) {
  int even = (1 << (source.depth - 1)) + (kBias << source.depth), odd = 0;
  [[unroll]] for (int k = 0; k < kWords; ++k) {
    const uint v = window_word(base, c, column, k);
    const int t = column * kTaps + kSamples * k;
    [[unroll]] for (int i = 0; i < kSamples; i += 2) {
      even += sample_of(source, v, i) * taps[t + i];
      odd += sample_of(source, v, i + 1) * taps[t + i + 1];
    }
  }
  return ((even + odd) >> source.depth) & 0x7fff;
}

// The same for any number of taps and all columns, straight from memory. Drivers that run on a CPU end an invocation
// after some 65000 rounds of its loops, so each round does much.
void filtered_long(Source source, int row, int tap_words) {
  const int words = source.wide ? tap_words : tap_words / 2;
  [[unroll]] for (int i = 0; i < kColumns; ++i) middles[i] = (1 << (source.depth - 1)) + (kBias << source.depth);
  [[dont_unroll]] for (int k = 0; k < words; k += kRound) {
    [[unroll]] for (int i = 0; i < kColumns; ++i) {
      [[unroll]] for (int j = 0; j < kRound; ++j) {
        const uint v = at(row + columns[i].word + k + j);
        const bool real = k + j < words;
        const int table = columns[i].table + 1 + (source.wide ? 1 : 2) * (k + j);
        const uint t = real ? at(table) : 0u;
        middles[i] += sample_of(source, v, 0) * low16(t) + sample_of(source, v, 1) * high16(t);
        if (kSamples == 4) {
          const uint u = real && !source.wide ? at(table + 1) : 0u;
          middles[i] += sample_of(source, v, 2) * low16(u) + sample_of(source, v, 3) * high16(u);
        }
      }
    }
  }
  [[unroll]] for (int i = 0; i < kColumns; ++i) middles[i] = (middles[i] >> source.depth) & 0x7fff;
}

uint finished(int sum, int full_scale) {
  const int shift = 28 - kDepthDst;
  const int v = clamp((sum + ((1 << (shift - 1)) - (kBias << 14))) >> shift, 0, (1 << kDepthDst) - 1);
  return uint(min(v + (v >> 8) * full_scale, (1 << kDepthDst) - 1));
}

void store_four_rows(Job job, uint rows[4], int column, int y, int end) {
  const int first_byte = job.lead << kWideDst, end_byte = (job.lead + job.width) << kWideDst;
  if (kWideDst == 0) {
    const uint mine = rows[0] | rows[1] << 8 | rows[2] << 16 | rows[3] << 24;
    const uint from = lane & 4u, shift = (lane & 3u) * 8u;
    uint value = 0u;
    [[unroll]] for (uint i = 0u; i < 4u; ++i) value |= ((handed(mine, from + i) >> shift) & 255u) << (8u * i);
    const int word_column = column * 2 + int(lane >> 2), row = y + int(lane & 3u);
    const uint mask = row < end && row >= 0 ? covered(word_column, first_byte, end_byte) : 0u;
    const int offset = row * job.dst_stride + word_column;
    put(job.window, job.dst + offset, job.absolute + offset, value, mask);
  } else {
    [[unroll]] for (int half_ = 0; half_ < 2; ++half_) {
      const uint mine = rows[2 * half_] | rows[2 * half_ + 1] << 16;
      const uint from = (lane & 3u) * 2u, shift = (lane >> 2) * 16u;
      const uint value = ((handed(mine, from) >> shift) & 0xffffu) | ((handed(mine, from + 1u) >> shift) << 16);
      const int word_column = column * 4 + int(lane & 3u), row = y + 2 * half_ + int(lane >> 2);
      const uint mask = row < end && row >= 0 ? covered(word_column, first_byte, end_byte) : 0u;
      const int offset = row * job.dst_stride + word_column;
      put(job.window, job.dst + offset, job.absolute + offset, value, mask);
    }
  }
}

void main() {
  const Item item = work_item();
  const Job job = read_job(item.job);
  const Source source = source_of(job);
  const int strip = item.cluster / job.across, group = item.cluster - strip * job.across;

  int row_start[kColumns];
  [[unroll]] for (int c = 0; c < kColumns; ++c) {
    columns[c] = column_at(job, (group * kColumns + c) * 8 + int(lane) - job.lead);
    row_start[c] = job.src;
    if (kVectors != 0) {
      const uint base = handed(columns[c].from, 0u);
      columns[c].from -= base;
      row_start[c] += int(base + lane);
      [[unroll]] for (int k = 0; k < kWords; ++k) {
        picks[c * kPicks + k] = (gl_SubgroupInvocationID & ~7u) + ((columns[c].from + uint(k)) & 7u);
      }
    }
    if (kWords != 0) {
      [[unroll]] for (int k = 0; k < kTaps / 2; ++k) {
        // Where words have two samples or four, taps are stored by words and kept as for four.
        const int stored = kWideSrc == 2 && source.wide ? k / 2 : k;
        const bool real = stored < job.tap_words && (kWideSrc != 2 || !source.wide || k % 2 == 0);
        const uint pair = real ? at(columns[c].table + 1 + stored) : 0u;
        taps[c * kTaps + 2 * k] = low16(pair);
        taps[c * kTaps + 2 * k + 1] = high16(pair);
      }
    }
  }

  int sums[kColumns * kSlots];
  [[unroll]] for (int i = 0; i < kColumns * kSlots; ++i) sums[i] = 0;

  const int first_row = strip * job.strip_rows;
  // Clusters beyond the last strip read the last one's entries and store nothing.
  const int last_strip = (job.height - 1) / job.strip_rows;
  const int end = strip <= last_strip ? min(first_row + job.strip_rows, job.height) : 0;
  const int last = min(min(first_row, last_strip * job.strip_rows) + job.strip_rows, job.height);
  int entry = int(at(job.strips + min(strip, last_strip))) + int(lane);
  [[dont_unroll]] for (int y = min(first_row, last_strip * job.strip_rows); y < last; y += 4) {
    uint more;
    do {
      uint words[kEntryWords / 8];
      [[unroll]] for (int i = 0; i < kEntryWords / 8; ++i) words[i] = at(entry + 8 * i);
      entry += kEntryWords;
      const int row = int(handed(words[2], 2u)) * job.src_stride;
      more = handed(words[2], 3u);
      if (kWords != 0) {
        [[unroll]] for (int k = 0; k < kRows; ++k) {
          [[unroll]] for (int c = 0; c < kColumns; ++c) {
            [[unroll]] for (int v = 0; v < kLoads; ++v) {
              const int word = kVectors == 0 ? columns[c].word + v : 8 * v;
              loaded[(k * kColumns + c) * kLoads + v] = at(row_start[c] + row + k * job.src_stride + word);
            }
          }
        }
      }
      [[unroll]] for (int k = 0; k < kRows; ++k) {
        int weights[kSlots];
        [[unroll]] for (int s = 0; s < kSlots / 2; ++s) {
          const uint pair = handed(words[(k * 6 + s) / 8], uint((k * 6 + s) % 8));
          weights[2 * s] = low16(pair);
          weights[2 * s + 1] = high16(pair);
        }
        if (kWords == 0) filtered_long(source, job.src + row + k * job.src_stride, job.tap_words);
        [[unroll]] for (int c = 0; c < kColumns; ++c) {
          const int middle = kWords != 0
                                 ? filtered(source, (k * kColumns + c) * kLoads, columns[c], c)
                                 : middles[c];
          [[unroll]] for (int s = 0; s < kSlots; ++s) sums[c * kSlots + s] += middle * weights[s];
        }
      }
    } while (more != 0u);
    [[unroll]] for (int c = 0; c < kColumns; ++c) {
      uint rows[4];
      [[unroll]] for (int j = 0; j < 4; ++j) rows[j] = finished(sums[c * kSlots + j], job.full_scale);
      [[unroll]] for (int s = 0; s < kSlots; ++s) {
        sums[c * kSlots + s] = s + 4 < kSlots ? sums[c * kSlots + s + 4] : 0;
      }
      store_four_rows(job, rows, group * kColumns + c, y, end);
    }
  }
}
