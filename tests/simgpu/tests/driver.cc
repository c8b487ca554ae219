#define FFNV_LOAD_FUNC(path) dlopen(SIMGPU_LIBCUDA, RTLD_LAZY)
#define FFNV_SYM_FUNC(lib, sym) dlsym((lib), (sym))
#define FFNV_FREE_FUNC(lib) dlclose(lib)
#include <dlfcn.h>

#include "tests/simgpu/tests/driver.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace tessera::simgpu::test {
namespace {

constexpr const char* kPtx =
    ".version 7.0\n.target sm_75\n.visible .entry add(\n.visible .entry poke(\n.visible .entry gone(\n";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

[[noreturn]] void child(const nlohmann::json& options, const std::filesystem::path& folder,
                        const std::function<void(const Driver&)>& body) {
  nlohmann::json all = options;
  all["report"] = folder / "report.json";
  setenv("SIMGPU", all.dump().c_str(), 1);
  setenv("SIMGPU_KERNELS", SIMGPU_TEST_KERNELS, 1);
  if (!std::freopen((folder / "said").c_str(), "w", stderr)) std::_Exit(3);
  body(Driver());
  std::fflush(stdout);
  std::exit(::testing::Test::HasFailure() ? 1 : 0);
}

/// The child's status; it is killed when it takes too long.
int wait_for(pid_t process, int seconds) {
  int status = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (waitpid(process, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) kill(process, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return status;
}

}  // namespace

Driver::Driver() {
  EXPECT_EQ(cuda_load_functions(&f, nullptr), 0);
  library = f ? f->lib : nullptr;
}

void* Driver::symbol(const char* name) const {
  void* found = dlsym(library, name);
  EXPECT_NE(found, nullptr) << name;
  return found;
}

nlohmann::json Driver::report() const { return nlohmann::json::parse(entry<const char*()>("simgpu_report")()); }

CUcontext Driver::start() const {
  CUcontext context = nullptr;
  EXPECT_EQ(f->cuInit(0), 0);
  EXPECT_EQ(f->cuCtxCreate(&context, CU_CTX_SCHED_BLOCKING_SYNC, 0), 0);
  return context;
}

CUdeviceptr Driver::allocate(size_t bytes) const {
  CUdeviceptr out = 0;
  EXPECT_EQ(f->cuMemAlloc(&out, bytes), 0);
  return out;
}

CUdeviceptr Driver::upload(const std::vector<unsigned char>& bytes) const {
  const CUdeviceptr out = allocate(bytes.size());
  EXPECT_EQ(f->cuMemcpyHtoD(out, bytes.data(), bytes.size()), 0);
  return out;
}

std::vector<unsigned char> Driver::download(CUdeviceptr from, size_t bytes) const {
  std::vector<unsigned char> out(bytes);
  EXPECT_EQ(f->cuMemcpyDtoH(out.data(), from, bytes), 0);
  return out;
}

CUstream Driver::stream(unsigned flags) const {
  CUstream out = nullptr;
  EXPECT_EQ(f->cuStreamCreate(&out, flags), 0);
  return out;
}

CUevent Driver::event() const {
  CUevent out = nullptr;
  EXPECT_EQ(f->cuEventCreate(&out, CU_EVENT_DISABLE_TIMING), 0);
  return out;
}

CUfunction Driver::kernel(const char* name) const {
  CUmodule module = nullptr;
  CUfunction out = nullptr;
  EXPECT_EQ(f->cuModuleLoadData(&module, kPtx), 0);
  EXPECT_EQ(f->cuModuleGetFunction(&out, module, name), 0);
  return out;
}

CUresult Driver::launch(CUfunction function, CUstream stream, std::vector<void*> arguments) const {
  return f->cuLaunchKernel(function, 64, 1, 1, 256, 1, 1, 0, stream, arguments.data(), nullptr);
}

CUresult Driver::add(CUdeviceptr out, CUdeviceptr a, CUdeviceptr b, int n, CUstream stream) const {
  static const CUfunction function = kernel("add");
  return launch(function, stream, {&out, &a, &b, &n});
}

Outcome in_process(const nlohmann::json& options, const std::function<void(const Driver&)>& body, int seconds) {
  char pattern[] = "/tmp/simgpu-test-XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern);
  std::fflush(nullptr);
  const pid_t process = fork();
  if (process == 0) child(options, folder, body);
  const int status = wait_for(process, seconds);
  Outcome out;
  if (WIFEXITED(status)) out.exit = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) out.signal = WTERMSIG(status);
  out.said = text_of(folder / "said");
  out.report = nlohmann::json::parse(text_of(folder / "report.json"), nullptr, false);
  std::filesystem::remove_all(folder);
  return out;
}

void expect_clean(const Outcome& outcome) {
  EXPECT_EQ(outcome.exit, 0) << "signal " << outcome.signal << "\n" << outcome.said;
  ASSERT_TRUE(outcome.report.is_object()) << outcome.said;
  EXPECT_EQ(outcome.report["misuse"], nlohmann::json::array());
  EXPECT_EQ(outcome.report["leaks"], nlohmann::json::array());
}

void expect_misuse(const Outcome& outcome, const std::string& text) {
  EXPECT_EQ(outcome.exit, 0) << "signal " << outcome.signal << "\n" << outcome.said;
  ASSERT_TRUE(outcome.report.is_object()) << outcome.said;
  ASSERT_EQ(outcome.report["misuse"].size(), 1U) << outcome.report["misuse"] << " want " << text;
  EXPECT_NE(outcome.report["misuse"][0].get<std::string>().find(text), std::string::npos)
      << outcome.report["misuse"] << " want " << text;
}

std::vector<nlohmann::json> all_modes() {
  std::vector<nlohmann::json> out;
  for (const char* memory : {"fresh", "reuse"}) {
    out.push_back({{"mode", "eager"}, {"memory", memory}});
    for (int seed : {0, 1, 2}) out.push_back({{"mode", "lazy"}, {"memory", memory}, {"seed", seed}});
  }
  return out;
}

}  // namespace tessera::simgpu::test
