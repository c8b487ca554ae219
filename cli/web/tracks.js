// Turns what job.json names into lists of segments: from the HLS media playlists, or from the MPD where there are none.

async function fetch_text(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answers ${response.status}`);
  return response.text();
}

/** @returns {{init: string, segments: {url: string, start: number, end: number}[]}} */
export function parse_media_playlist(text, url) {
  const track = {init: null, segments: []};
  let time = 0, duration = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#EXT-X-MAP:')) {
      track.init = new URL(/URI="([^"]*)"/.exec(line)[1], url).href;
    } else if (line.startsWith('#EXTINF:')) {
      duration = parseFloat(line.slice(8));
    } else if (line && !line.startsWith('#')) {
      track.segments.push({url: new URL(line, url).href, start: time, end: time + duration});
      time += duration;
    }
  }
  if (!track.init || !track.segments.length) throw new Error(`${url}: no EXT-X-MAP or no segments`);
  return track;
}

export function parse_mpd(text, url) {
  const tracks = new Map();
  const document = new DOMParser().parseFromString(text, 'application/xml');
  for (const representation of document.querySelectorAll('Representation')) {
    const list = representation.querySelector('SegmentList');
    const timescale = Number(list.getAttribute('timescale') || 1);
    const offset = Number(list.getAttribute('presentationTimeOffset') || 0);
    const media = [...list.querySelectorAll('SegmentURL')];
    let time = 0;
    const segments = [...list.querySelectorAll('S')].map((s, k) => {
      if (s.hasAttribute('t')) time = Number(s.getAttribute('t'));
      const start = time;
      time += Number(s.getAttribute('d'));
      return {url: new URL(media[k].getAttribute('media'), url).href,
              start: (start - offset) / timescale, end: (time - offset) / timescale};
    });
    const init = new URL(list.querySelector('Initialization').getAttribute('sourceURL'), url).href;
    tracks.set(representation.getAttribute('id'), {init, segments});
  }
  return tracks;
}

/** The programme's renditions and mixes, each with its init segment and segments. */
export async function load_tracks(programme) {
  const entries = [...programme.renditions.map((r) => ({...r, kind: 'video'})),
                   ...programme.mixes.map((m) => ({...m, kind: 'audio'}))];
  let mpd = null;
  if (entries.some((entry) => !entry.playlist)) {
    const url = new URL(programme.dash, location.href).href;
    mpd = parse_mpd(await fetch_text(url), url);
  }
  const tracks = await Promise.all(entries.map(async (entry) => {
    if (!entry.playlist) return {...entry, ...mpd.get(`${entry.kind}-${entry.id}`)};
    const url = new URL(entry.playlist, location.href).href;
    // job.json's own count of segments must not hide the list.
    return {...entry, ...parse_media_playlist(await fetch_text(url), url)};
  }));
  return {video: tracks.filter((t) => t.kind === 'video'), audio: tracks.filter((t) => t.kind === 'audio')};
}
