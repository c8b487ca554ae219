#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

namespace tessera::bench {

/// A folder for the files of one measurement; gone with it.
class Workplace {
 public:
  Workplace()
      : path_((std::filesystem::temp_directory_path() / ("tessera-bench-" + std::to_string(::getpid()))).string()) {
    std::filesystem::create_directories(path_);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The path of a program of the same build.
inline std::string beside_us(const char* program) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / program).string();
}

/// What makes the demo's guests, of the checkout that this program was built in.
inline std::string demo_script() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "tests/support/make_demo.sh")
      .string();
}

}  // namespace tessera::bench
