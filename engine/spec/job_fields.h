#pragma once

#include "engine/spec/fields.h"
#include "engine/spec/job.h"

/// The tables of the job's structs. Private to engine/spec.
namespace tessera::spec {

inline constexpr Micros kMaxTime = 7 * 24 * 3600 * kMicrosPerSecond;  ///< a show is shorter than a week

inline constexpr size_t kMaxGuests = 64;
inline constexpr size_t kMaxTakes = 200;  ///< of all guests together
inline constexpr size_t kMaxProgrammes = 32;
inline constexpr size_t kMaxRenditions = 64;  ///< of all programmes together
inline constexpr size_t kMaxRects = 64;

template <>
const Table<RectFraction>& table<RectFraction>();
template <>
const Table<Take>& table<Take>();
template <>
const Table<Guest>& table<Guest>();
template <>
const Table<Asset>& table<Asset>();
template <>
const Table<Sound>& table<Sound>();
template <>
const Table<Overlay>& table<Overlay>();
template <>
const Table<Policy>& table<Policy>();
template <>
const Table<Mix>& table<Mix>();
template <>
const Table<Canvas>& table<Canvas>();
template <>
const Table<Rendition>& table<Rendition>();
template <>
const Table<Highlights>& table<Highlights>();
template <>
const Table<Programme>& table<Programme>();
template <>
const Table<Packaging>& table<Packaging>();
template <>
const Table<Job>& table<Job>();

/// Adds the definition of every struct above but Job, under its table's name.
void add_job_definitions(Json& definitions);

}  // namespace tessera::spec
