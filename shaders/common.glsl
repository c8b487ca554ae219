// What all shaders share. The arithmetic is that of kernels/README.md, in 32 bit integers.
//
// Planes lie in one arena of 32 bit words, a sample being a byte or a 16 bit half. Words are read through a texel buffer
// and written through storage buffers, since drivers that run on a CPU gather the one quickly and scatter to the other.
// Invocations work in clusters of eight neighbours, whatever the size of a subgroup: a cluster fetches eight words of
// parameters at once and hands them round by shuffles.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const int kWindows = 1;  // storage buffers the arena is cut into
layout(constant_id = 2) const int kEdges = 1;    // 0: no word of a destination is shared by two operations

layout(std430, set = 0, binding = 0) buffer Window { uint words[]; } windows[4];
layout(set = 0, binding = 1) uniform usamplerBuffer arena;
layout(set = 0, binding = 2) uniform usamplerBuffer plan;
layout(push_constant) uniform Push { int items; };  // where in `plan` this dispatch's work list begins

// Workgroups across in a dispatch, at most; the rest goes down.
const uint kGroupsAcross = 32768u;

uint at(int word) { return texelFetch(arena, word).x; }
uint of_plan(int word) { return texelFetch(plan, word).x; }

#define lane (gl_SubgroupInvocationID & 7u)  // place in the cluster

// The value of the cluster's invocation `from`.
uint handed(uint value, uint from) { return subgroupShuffle(value, (gl_SubgroupInvocationID & ~7u) + from); }

int low16(uint v) { return (int(v) << 16) >> 16; }
int high16(uint v) { return int(v) >> 16; }

struct Item {
  int job;      // where in `plan` its parameters begin
  int cluster;  // which of the job's clusters this is
};

Item work_item() {
  const int group = int(gl_WorkGroupID.y * kGroupsAcross + gl_WorkGroupID.x);
  const int inside = int((gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID) >> 3);
  return Item(int(of_plan(items + 2 * group)), int(of_plan(items + 2 * group + 1)) + inside);
}

// The bytes of word `column` of a row that lie in [first, end), as a mask.
uint covered(int column, int first, int end) {
  const int from = clamp(first - 4 * column, 0, 4) * 8, to = clamp(end - 4 * column, 0, 4) * 8;
  const uint below_from = from == 32 ? 0xffffffffu : (1u << from) - 1u;
  const uint below_to = to == 32 ? 0xffffffffu : (1u << to) - 1u;
  return below_to & ~below_from;
}

// Writes the masked bytes of a word. `word` counts from the window's start; `absolute` is the same in the arena.
void put(int window, int word, int absolute, uint value, uint mask) {
  if (kEdges == 0) {
    if (mask != 0u) windows[kWindows == 1 ? 0 : window].words[word] = value;
    return;
  }
  if (mask == 0xffffffffu) windows[kWindows == 1 ? 0 : window].words[word] = value;
  // The other bytes may be another operation's, being written now. Ours do not change meanwhile.
  const uint flip = (at(absolute) ^ value) & mask;
  if (mask != 0u && mask != 0xffffffffu) atomicXor(windows[kWindows == 1 ? 0 : window].words[word], flip);
}
