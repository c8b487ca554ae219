#include "engine/pipeline/heartbeat.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tessera::pipeline {
namespace {

constexpr size_t kLongest = 2000;  // under PIPE_BUF: a line is written in one piece

}  // namespace

Heartbeat::Heartbeat(int pipe) : pipe_(pipe) {
  if (pipe_ >= 0) ::fcntl(pipe_, F_SETFL, ::fcntl(pipe_, F_GETFL) | O_NONBLOCK);
}

void Heartbeat::write_all(const std::string& line, bool may_drop) {
  if (pipe_ < 0) return;
  while (::write(pipe_, line.data(), line.size()) < 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN || may_drop) return;  // a watchdog that is gone needs no signs of life
    pollfd room{pipe_, POLLOUT, 0};
    ::poll(&room, 1, 1000);
  }
}

void Heartbeat::tell(char what, int lane) {
  write_all(std::string(1, what) + " " + std::to_string(lane) + "\n", what == 'b');
}

void Heartbeat::finished(int exit_code) { write_all("e " + std::to_string(exit_code) + "\n", false); }

void Heartbeat::device_failed(const std::string& why) {
  std::string line = "x " + why.substr(0, kLongest);
  std::replace(line.begin(), line.end(), '\n', ' ');
  write_all(line + "\n", false);
}

Heartbeat::Work::Work(Heartbeat& heart) : heart_(heart), lane_(heart.lanes_++) { heart_.tell('a', lane_); }
Heartbeat::Work::~Work() { heart_.tell('d', lane_); }
void Heartbeat::Work::beat() { heart_.tell('b', lane_); }

}  // namespace tessera::pipeline
