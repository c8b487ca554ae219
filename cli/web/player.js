// A small player over Media Source Extensions: one rendition and one mix at a time, switched at segment boundaries.

const kAheadSeconds = 20;
const kBehindSeconds = 20;
const kJoinSeconds = 0.1;  // gaps smaller than this are not gaps: sound and picture frames do not end together

const Source = window.ManagedMediaSource || window.MediaSource;

/** The first box at a path of types, as a DataView of its payload. */
function find_box(bytes, path) {
  let from = 0, end = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const type of path) {
    let found = false;
    for (let at = from; at + 8 <= end;) {
      const size = view.getUint32(at);
      const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
      if (size < 8) break;
      if (name === type) {
        from = at + 8;
        end = Math.min(end, at + size);
        found = true;
        break;
      }
      at += size;
    }
    if (!found) return null;
  }
  return new DataView(bytes.buffer, bytes.byteOffset + from, end - from);
}

/** Media time of a segment's first sample in seconds. */
export function decode_start(init, segment) {
  const mdhd = find_box(init, ['moov', 'trak', 'mdia', 'mdhd']);
  const tfdt = find_box(segment, ['moof', 'traf', 'tfdt']);
  if (!mdhd || !tfdt) throw new Error('a segment without mdhd or tfdt');
  const timescale = mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12);
  const time = tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4);
  return time / timescale;
}

/** Feeds one SourceBuffer from the track that is wanted. */
class Feed {
  constructor(player, kind, track) {
    this.player = player;
    this.track = track;
    this.loaded = track.segments.map(() => null);  // which track's bytes are in the buffer, by segment
    this.appended_init = null;
    this.busy = false;
    this.buffer = player.source.addSourceBuffer(`${kind}/mp4; codecs="${track.codecs}"`);
    this.buffer.timestampOffset = -player.origin;
    this.buffer.appendWindowEnd = player.duration;
  }

  switch_to(track) { this.track = track; }

  index_at(time) {
    const found = this.track.segments.findIndex((s) => time < s.end);
    return found < 0 ? this.track.segments.length - 1 : found;
  }

  /** The next segment to fetch, or -1. What plays now is not replaced, only what follows. */
  next(time) {
    const {segments} = this.track;
    const current = this.index_at(time);
    for (let k = current; k < segments.length && segments[k].start < time + kAheadSeconds; ++k) {
      if (this.loaded[k] === null || (k > current && this.loaded[k] !== this.track)) return k;
    }
    return -1;
  }

  get complete() { return this.loaded[this.loaded.length - 1] !== null && this.next(this.player.video.currentTime) < 0; }

  async step() {
    const time = this.player.video.currentTime;
    const k = this.busy ? -1 : this.next(time);
    if (k < 0) return;
    this.busy = true;
    try {
      const track = this.track;
      const [init, bytes] = await Promise.all([this.player.fetch(track.init), this.player.fetch(track.segments[k].url)]);
      if (track !== this.track || this.player.stopped) return;
      if (this.appended_init !== track) {
        this.buffer.changeType?.(`${track.kind}/mp4; codecs="${track.codecs}"`);
        await this.append(init);
        this.appended_init = track;
      }
      await this.append(bytes);
      this.loaded[k] = track;
      await this.forget_before(time - kBehindSeconds);
    } finally {
      this.busy = false;
    }
  }

  async append(bytes) {
    try {
      this.buffer.appendBuffer(bytes);
    } catch (error) {
      if (error.name !== 'QuotaExceededError') throw error;
      await this.forget_before(this.player.video.currentTime - 2);
      this.buffer.appendBuffer(bytes);
    }
    await this.settled();
  }

  async forget_before(time) {
    const {segments} = this.track;
    let end = 0;
    this.loaded.forEach((track, k) => {
      if (track !== null && segments[k].end <= time) {
        end = segments[k].end;
        this.loaded[k] = null;
      }
    });
    if (end <= 0 || this.player.source.readyState !== 'open') return;
    this.buffer.remove(0, end);
    await this.settled();
  }

  settled() {
    if (!this.buffer.updating) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.buffer.addEventListener('updateend', resolve, {once: true});
      this.buffer.addEventListener('error', () => reject(new Error('the browser refused a segment')), {once: true});
    });
  }
}

export class Player {
  static available = Boolean(Source);
  static can_play(track) {
    return Boolean(Source) && Source.isTypeSupported(`${track.kind}/mp4; codecs="${track.codecs}"`);
  }

  /** @param tracks {video, audio}: lists as load_tracks() makes them; `on_problem` gets a text */
  constructor(video, tracks, duration, on_problem) {
    Object.assign(this, {video, tracks, duration, on_problem});
    this.origin = 0;
    this.stopped = false;
    this.throughput_bps = 0;
    this.cache = new Map();
    this.automatic = true;
    this.feeds = {};
  }

  async start(rendition, mix) {
    this.source = new Source();
    this.video.disableRemotePlayback = true;  // ManagedMediaSource wants it
    const opened = new Promise((resolve) => this.source.addEventListener('sourceopen', resolve, {once: true}));
    this.object_url = URL.createObjectURL(this.source);
    this.video.src = this.object_url;
    await opened;
    this.source.duration = this.duration;
    const first = rendition || mix;
    // The picture starts exactly at show time 0; sound may begin earlier by its priming.
    this.origin = decode_start(await this.fetch(first.init), await this.fetch(first.segments[0].url));
    if (rendition) this.feeds.video = new Feed(this, 'video', rendition);
    if (mix) this.feeds.audio = new Feed(this, 'audio', mix);
    this.timer = setInterval(() => this.tick(), 100);
    this.video.addEventListener('seeking', () => this.tick());
    await this.tick();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.object_url);
  }

  async fetch(url) {
    if (this.cache.has(url)) return this.cache.get(url);
    const begin = performance.now();
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: the server answers ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const seconds = Math.max(1e-3, (performance.now() - begin) / 1000);
    if (bytes.length > 16384) {
      const now = bytes.length * 8 / seconds;
      this.throughput_bps = this.throughput_bps ? 0.7 * this.throughput_bps + 0.3 * now : now;
    }
    if (url.endsWith('.mp4')) this.cache.set(url, bytes);
    return bytes;
  }

  async tick() {
    if (this.stopped) return;
    try {
      if (this.automatic && this.feeds.video) this.feeds.video.switch_to(this.best_rendition());
      await Promise.all(Object.values(this.feeds).map((feed) => feed.step()));
      const done = Object.values(this.feeds).every((feed) => feed.complete && !feed.busy && !feed.buffer.updating);
      if (done && this.source.readyState === 'open') this.source.endOfStream();
      this.nudge();
    } catch (error) {
      if (this.stopped) return;
      this.on_problem(error.message);
      clearInterval(this.timer);
    }
  }

  /** The best that the link carries and that is not much larger than the picture on screen. */
  best_rendition() {
    const playable = this.tracks.video.filter(Player.can_play);
    const by_rate = [...playable].sort((a, b) => a.peak_bps - b.peak_bps);
    const pixels = this.video.clientHeight * (window.devicePixelRatio || 1) * 1.5;
    let best = by_rate[0];
    for (const track of by_rate) {
      const carried = !this.throughput_bps || track.peak_bps < 0.7 * this.throughput_bps;
      if (carried && (best.height || 0) < pixels) best = track;
    }
    return best;
  }

  /** Jumps over a gap that is smaller than a frame, which not every browser does by itself. */
  nudge() {
    const {video} = this;
    if (video.paused || video.seeking || video.readyState > 2) return;
    for (let i = 0; i < video.buffered.length; ++i) {
      const gap = video.buffered.start(i) - video.currentTime;
      if (gap > 0 && gap < kJoinSeconds) video.currentTime = video.buffered.start(i);
    }
  }

  choose_rendition(track) {
    this.automatic = track === null;
    if (track) this.feeds.video?.switch_to(track);
    this.tick();
  }

  choose_mix(track) {
    this.feeds.audio?.switch_to(track);
    this.tick();
  }

  /** The rendition whose bytes are shown now, or null. */
  shown() {
    const feed = this.feeds.video;
    return feed ? feed.loaded[feed.index_at(this.video.currentTime)] : null;
  }
}
