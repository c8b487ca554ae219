#pragma once
// The simulated parser decodes while it parses. What it decoded travels to cuvidDecodePicture as a number in the
// reserved words of CUVIDPICPARAMS.
#include <memory>

#include "tests/simgpu/nvcuvid/picture.h"

namespace tessera::simgpu {

void put_token(CUVIDPICPARAMS& params, const std::shared_ptr<Picture>& picture);

/// Whether params come from the simulated parser.
bool has_token(const CUVIDPICPARAMS& params);

/// Null where there is none, or where the parser is done with that picture.
std::shared_ptr<Picture> token_of(const CUVIDPICPARAMS& params);

}  // namespace tessera::simgpu
