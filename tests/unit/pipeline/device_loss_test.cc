#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/base/hash.h"
#include "engine/pipeline/frame_queue.h"

namespace tessera::pipeline {
namespace {

/// A device that works three frames in flight and fails once: at an execute, a download or a surface.
class FailingDevice final : public device::Device {
 public:
  FailingDevice(Errc code, int executes, int downloads, int surfaces)
      : code_(code), executes_(executes), downloads_(downloads), surfaces_(surfaces) {}

  std::string name() const override { return "failing"; }
  const device::Limits& limits() const override { return limits_; }
  device::Counters counters() const override { return inner_->counters(); }
  Result<std::shared_ptr<media::Frame>> surface(const media::FrameFormat& format) override {
    if (surfaces_-- == 0) return fail(code_, "device.failing", "no surface");
    return inner_->surface(format);
  }
  Result<void> execute(const device::FramePlan& plan) override {
    if (executes_-- == 0) return fail(code_, "device.failing", "the device was lost");
    return inner_->execute(plan);
  }
  Result<media::FrameRef> download(const media::FrameRef& surface) override {
    if (downloads_-- == 0) return fail(code_, "device.failing", "the device was lost");
    return inner_->download(surface);
  }

 private:
  Errc code_;
  int executes_, downloads_, surfaces_;
  device::Limits limits_{8192, true, 3};
  std::unique_ptr<device::Device> inner_ = device::create_device("cpu", {}).value();
};

class DeviceLoss : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("tessera-loss-" + std::to_string(::getpid()));
    std::filesystem::create_directories(dir_);
    const std::string clip = (dir_ / "a.mp4").string();
    const std::string make =
        "ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=160x120:r=25 -t 1 -pix_fmt yuv420p " + clip;
    ASSERT_EQ(std::system(make.c_str()), 0);
    std::ofstream(dir_ / "job.json") << R"({"version": 1, "id": "loss",
      "guests": [{"id": "a", "name": "a", "takes": [{"uri": "a.mp4", "at": 0}]}],
      "programmes": [{"id": "main", "canvas": {"width": 180, "height": 320, "fps": "25"}, "layout": "grid",
        "ladder": [{"name": "top", "width": 180, "height": 320, "bitrate": 300000}]}], "duration": 0.8})";
    auto show = open_show((dir_ / "job.json").string(), {}, log_);
    ASSERT_TRUE(show) << describe(show.error());
    show_ = std::make_unique<OpenShow>(*std::move(show));
    images_ = std::make_unique<ImageCache>(8, media::MediaLimits{}, show_->animations);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  /// Hashes of twenty frames; empty where it failed.
  Result<std::vector<std::string>> frames(const std::string& kind,
                                          std::function<std::unique_ptr<device::Device>()> first) {
    const auto open = [&](const std::string& wanted) -> Result<std::unique_ptr<device::Device>> {
      opened_.push_back(wanted);
      if (wanted != "cpu" && first) return first();
      return device::create_device("cpu", {});
    };
    said_ = std::make_shared<std::atomic<bool>>(false);
    TESSERA_TRY_ASSIGN(const auto device, RenderDevice::create(kind, open, log_, said_));
    const auto make_source = [&](device::Device& on) {
      return FrameSource::create(*show_->timeline, show_->options.limits, show_->show.job.programmes.front(),
                                 {{90, 160}}, kernels::Filter::kLanczos3, on, *images_);
    };
    std::vector<int64_t> numbers;
    for (int64_t n = 0; n < 20; ++n) numbers.push_back(n);
    TESSERA_TRY_ASSIGN(const auto queue, FrameQueue::create(make_source, *device, numbers));
    std::vector<std::string> hashes;
    for (size_t n = 0; n < numbers.size(); ++n) {
      TESSERA_TRY_ASSIGN(const compose::ComposedFrame frame, queue->next());
      Hash128Hasher hasher;
      for (const media::FrameRef& picture : {frame.canvas, frame.renditions.front()}) {
        for (const media::Plane& p : picture->planes) {
          for (int y = 0; y < p.height; ++y) hasher.add({p.data + y * p.stride, static_cast<size_t>(p.width)});
        }
      }
      hashes.push_back(hasher.finish().hex());
    }
    return hashes;
  }

  Log log_{LogLevel::kOff, LogFormat::kText};
  std::filesystem::path dir_;
  std::unique_ptr<OpenShow> show_;
  std::unique_ptr<ImageCache> images_;
  std::shared_ptr<std::atomic<bool>> said_;
  std::vector<std::string> opened_;
};

TEST_F(DeviceLoss, GoesOnOnTheCpuWithTheSameFrames) {
  const auto want = frames("cpu", nullptr);
  ASSERT_TRUE(want) << describe(want.error());
  EXPECT_NE((*want)[0], (*want)[10]);
  struct Fault {
    Errc code;
    int executes, downloads, surfaces;
  };
  for (const Fault& f : {Fault{Errc::kDevice, 0, -1, -1}, Fault{Errc::kDevice, 7, -1, -1},
                         Fault{Errc::kDevice, -1, 5, -1}, Fault{Errc::kCapacity, -1, -1, 9}}) {
    opened_.clear();
    const auto got =
        frames("auto", [&] { return std::make_unique<FailingDevice>(f.code, f.executes, f.downloads, f.surfaces); });
    ASSERT_TRUE(got) << describe(got.error());
    EXPECT_EQ(*got, *want);
    EXPECT_EQ(opened_, (std::vector<std::string>{"auto", "cpu"}));
    EXPECT_TRUE(*said_);
  }
}

TEST_F(DeviceLoss, IsAnErrorWhereTheUserChoseTheDevice) {
  const auto got = frames("vulkan", [] { return std::make_unique<FailingDevice>(Errc::kDevice, 3, -1, -1); });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::kDevice);
  EXPECT_FALSE(*said_);
}

}  // namespace
}  // namespace tessera::pipeline
