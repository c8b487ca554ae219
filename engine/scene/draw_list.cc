#include "engine/scene/draw_list.h"

#include <cstdio>

#include "engine/scene/quote.h"

namespace tessera::scene {
namespace {

/// 64ths as an exact decimal of pixels: "12", "-0.5", "3.015625".
std::string pixels(Px64 value) {
  const int64_t magnitude = value < 0 ? -static_cast<int64_t>(value) : value;
  std::string text = (value < 0 ? "-" : "") + std::to_string(magnitude / kPixel);
  if (magnitude % kPixel == 0) return text;
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, "%06d", static_cast<int>(magnitude % kPixel * (1'000'000 / kPixel)));
  text += std::string(".") + fraction;
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string rect(const Rect64& r) { return pixels(r.x) + "," + pixels(r.y) + " " + pixels(r.w) + "x" + pixels(r.h); }

std::string colour(uint32_t rgb) {
  char text[16];
  std::snprintf(text, sizeof text, "#%06x", static_cast<unsigned>(rgb & 0xffffff));
  return text;
}

std::string source(const Layer& layer) {
  const Source& from = layer.source;
  switch (from.kind) {
    case Source::Kind::kColour:
      return "colour " + colour(from.rgb);
    case Source::Kind::kTake:
      return "take " + std::to_string(from.take) + " frame " + std::to_string(from.frame) + " turn " +
             std::to_string(layer.orientation) + " crop " + rect(layer.crop);
    case Source::Kind::kImage:
      return "image " + quoted(from.image) + " turn " + std::to_string(layer.orientation) + " crop " + rect(layer.crop);
    case Source::Kind::kAnimation:
      return "animation " + quoted(from.image) + " frame " + std::to_string(from.frame) + " turn " +
             std::to_string(layer.orientation) + " crop " + rect(layer.crop);
  }
  return "";
}

}  // namespace

std::string quoted(const std::string& raw) {
  std::string text = "\"";
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += std::string("\\") + c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(byte));
      text += escape;
    } else {
      text += c;
    }
  }
  return text + "\"";
}

std::string to_text(const DrawList& list) {
  std::string text = "canvas " + std::to_string(list.canvas_width) + "x" + std::to_string(list.canvas_height) +
                     " background " + colour(list.background_rgb) + "\n";
  for (const Layer& layer : list.layers) {
    text += "z " + std::to_string(layer.z) + " dst " + rect(layer.dst) + " opacity " + std::to_string(layer.opacity) +
            " radius " + pixels(layer.radius) + (layer.effect == Effect::kBlur ? " blur" : "") + " " + source(layer) +
            "\n";
  }
  return text;
}

}  // namespace tessera::scene
