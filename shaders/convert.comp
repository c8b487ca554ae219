#version 460
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

// convert: another matrix or range, on 4:2:0 left-sited planes. A cluster writes eight words of sixteen rows of a plane.
layout(constant_id = 3) const int kWide = 0;  // 16 bit samples of 10 bits, else bytes

const int kStripRows = 16;
const int kMax = kWide == 0 ? 255 : 1023;
const int kSamples = kWide == 0 ? 4 : 2;  // in a word
const int kBits = kWide == 0 ? 8 : 16;

struct Job {
  int plane, dst, absolute, dst_stride, first_byte, end_byte, height, window, across, first_column, first_row, y, y_stride,
      u, u_stride, v, v_stride, first_chroma_row, last_chroma_row, last_chroma;
};

int sample_of(uint word, int i) { return int((word >> (kBits * i)) & uint(kMax)); }

// The word whose first sample is sample `x` of a row.
uint from_sample(int row, int x) {
  const uint shift = uint(x % kSamples) * uint(kBits);
  const int word = row + x / kSamples;
  return (at(word) >> shift) | ((at(word + 1) << 1) << (31u - shift));
}

int luma(Job job, uint y_word, uvec4 chroma, int i, int x, ivec3 y_factors, int src_black, int dst_black, int grey) {
  // Eight times the chroma at this sample: both weights on its own where it is co-sited, else one each.
  const int k = i >> 1;
  const int u0 = 3 * sample_of(chroma.x, k) + sample_of(chroma.y, k) - 4 * grey;
  const int v0 = 3 * sample_of(chroma.z, k) + sample_of(chroma.w, k) - 4 * grey;
  int u1 = u0, v1 = v0;
  if ((i & 1) != 0) {
    const bool edge = (x >> 1) + 1 > job.last_chroma;
    const int next_u = 3 * sample_of(chroma.x, k + 1) + sample_of(chroma.y, k + 1) - 4 * grey;
    const int next_v = 3 * sample_of(chroma.z, k + 1) + sample_of(chroma.w, k + 1) - 4 * grey;
    u1 = edge ? u0 : next_u;
    v1 = edge ? v0 : next_v;
  }
  const int y = sample_of(y_word, i) - src_black;
  const int sum = 8 * (y_factors.x * y) + y_factors.y * (u0 + u1) + y_factors.z * (v0 + v1);
  return clamp(((sum + (1 << 16)) >> 17) + dst_black, 0, kMax);
}

void main() {
  const Item item = work_item();
  const uint a = of_plan(item.job + int(lane)), b = of_plan(item.job + 8 + int(lane));
  const uint c = of_plan(item.job + 16 + int(lane)), d = of_plan(item.job + 24 + int(lane));
  const Job job = Job(int(handed(a, 0u)), int(handed(a, 1u)), int(handed(a, 2u)), int(handed(a, 3u)), int(handed(a, 4u)),
                      int(handed(a, 5u)), int(handed(a, 6u)), int(handed(a, 7u)), int(handed(b, 0u)), int(handed(b, 1u)),
                      int(handed(b, 2u)), int(handed(b, 3u)), int(handed(b, 4u)), int(handed(b, 5u)), int(handed(b, 6u)),
                      int(handed(b, 7u)), int(handed(c, 0u)), int(handed(c, 1u)), int(handed(c, 2u)), int(handed(c, 3u)));
  const ivec3 y_factors = ivec3(int(handed(c, 4u)), int(handed(c, 5u)), int(handed(c, 6u)));
  const int own = int(handed(c, 7u)), other = int(handed(d, 0u));
  const int src_black = int(handed(d, 1u)), dst_black = int(handed(d, 2u)), grey = int(handed(d, 3u));
  const int strip = item.cluster / job.across;
  const int column = (item.cluster - strip * job.across) * 8 + int(lane);
  const int plane_column = job.first_column + column, x = plane_column * kSamples;
  const int y0 = strip * kStripRows, y1 = min(y0 + kStripRows, job.height);
  const uint mask = covered(column, job.first_byte, job.end_byte);
  // A chroma plane reads itself and its sibling where a luma plane reads luma; both kinds run together here.
  const int own_start = job.plane == 2 ? job.v : job.u, own_stride = job.plane == 2 ? job.v_stride : job.u_stride;
  const int other_start = job.plane == 2 ? job.u : job.v, other_stride = job.plane == 2 ? job.u_stride : job.v_stride;
  [[dont_unroll]] for (int r = y0; r < y1; ++r) {
    const int y = job.first_row + r;
    const int near = y >> 1;
    const int far = clamp((y & 1) != 0 ? near + 1 : near - 1, job.first_chroma_row, job.last_chroma_row);
    const bool is_luma = job.plane == 0;
    const int chroma_x = is_luma ? x >> 1 : 0;
    const uint y_word = at(job.y + y * job.y_stride + plane_column);
    const uvec4 chroma =
        uvec4(from_sample(job.u + near * job.u_stride, chroma_x), from_sample(job.u + far * job.u_stride, chroma_x),
              from_sample(job.v + near * job.v_stride, chroma_x), from_sample(job.v + far * job.v_stride, chroma_x));
    // Three samples of chroma reach over four of luma; with 16 bits a word holds two, so the next comes along.
    const uint own_word = at(own_start + y * own_stride + plane_column);
    const uint other_word = at(other_start + y * other_stride + plane_column);
    uint word = 0u;
    [[unroll]] for (int i = 0; i < kSamples; ++i) {
      const int for_luma = luma(job, y_word, chroma, i, x + i, y_factors, src_black, dst_black, grey);
      const int sum = own * (sample_of(own_word, i) - grey) + other * (sample_of(other_word, i) - grey);
      const int for_chroma = clamp(((sum + (1 << 13)) >> 14) + grey, 0, kMax);
      word |= uint(is_luma ? for_luma : for_chroma) << (kBits * i);
    }
    const int offset = r * job.dst_stride + column;
    put(job.window, job.dst + offset, job.absolute + offset, word, mask);
  }
}
