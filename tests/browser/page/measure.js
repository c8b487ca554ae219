// Measures what a <video> really does. Loaded before any player, so that it sees every SourceBuffer.
window.source_buffers = [];
const add_source_buffer = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function(type) {
  const buffer = add_source_buffer.call(this, type);
  window.source_buffers.push({type, buffer});
  return buffer;
};

const the_video = () => document.querySelector('video');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `done()` is true; the seconds it took, or null after `seconds`. */
async function wait_until(done, seconds) {
  const begin = performance.now();
  while (performance.now() - begin < seconds * 1000) {
    if (done()) return (performance.now() - begin) / 1000;
    await sleep(20);
  }
  return null;
}

/** Frames that reached the screen within `seconds`, by requestVideoFrameCallback: their media times. */
window.frames_for = async (seconds) => {
  const video = the_video(), times = [];
  let running = true;
  const take = (_, frame) => {
    times.push(frame.mediaTime);
    if (running) video.requestVideoFrameCallback(take);
  };
  video.requestVideoFrameCallback(take);
  await sleep(seconds * 1000);
  running = false;
  const quality = video.getVideoPlaybackQuality();
  return {times, total: quality.totalVideoFrames, dropped: quality.droppedVideoFrames};
};

/** Plays on until the time has moved by 0.3 s; the seconds it took, or null. */
window.moves = async (seconds) => {
  const video = the_video(), from = video.currentTime;
  return wait_until(() => video.currentTime > from + 0.3 || (video.ended && video.currentTime >= from), seconds);
};

/** Goes to a time and plays on from there. */
window.seek_to = async (time, seconds) => {
  const video = the_video();
  const begin = performance.now();
  video.currentTime = time;
  const arrived = await wait_until(() => !video.seeking && video.readyState >= 3 || video.ended, seconds);
  if (arrived === null) return {arrived: null, at: video.currentTime};
  const took = (performance.now() - begin) / 1000;
  const at = video.currentTime;
  const moved = await wait_until(() => video.currentTime > time + 0.25, seconds);
  return {arrived: moved === null ? null : took, at};
};

/** The largest hole in a TimeRanges from 0 to `end`, seconds. */
function largest_hole(ranges, end) {
  let hole = 0, until = 0;
  for (let i = 0; i < ranges.length; ++i) {
    if (ranges.start(i) < end) hole = Math.max(hole, ranges.start(i) - until);
    until = Math.max(until, ranges.end(i));
  }
  return Math.max(hole, end - until);
}

/** Waits until all is loaded from 0 to `end`; the largest hole of the element and of every source buffer. */
window.holes = async (end, seconds) => {
  const video = the_video();
  const loaded = () => video.buffered.length && video.buffered.end(video.buffered.length - 1) >= end - 0.1;
  if (await wait_until(loaded, seconds) === null) return null;
  const all = {element: largest_hole(video.buffered, end)};
  for (const {type, buffer} of window.source_buffers) {
    try {
      all[type.split('/')[0]] = largest_hole(buffer.buffered, end);
    } catch {
      // A buffer of a source that the player has dropped.
    }
  }
  return all;
};

/**
 * How much later than the picture a player lays the sound, seconds, from the shifts it gives the source buffers; null
 * where it doesn't play by source buffers. Our tracks share one clock, so the shifts must be equal.
 */
window.sound_delay = () => {
  const shift = (kind) => window.source_buffers.findLast(({type}) => type.startsWith(kind))?.buffer.timestampOffset;
  const [video, audio] = [shift('video'), shift('audio')];
  return video === undefined || audio === undefined ? null : audio - video;
};

/** Waits until pictures of another height are shown. */
window.height_becomes = (height, seconds) => wait_until(() => the_video().videoHeight === height, seconds);

/** Goes near the end and waits for it. */
window.ends = async (seconds) => {
  const video = the_video();
  video.currentTime = Math.max(0, video.duration - 1.5);
  const took = await wait_until(() => video.ended, seconds);
  return {took, at: video.currentTime, duration: video.duration};
};
