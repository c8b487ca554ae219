#pragma once
namespace tessera::device {
struct FramePlan {};
}  // namespace tessera::device
