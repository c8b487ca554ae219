// The manifests as other people's parsers read them: m3u8-parser and mpd-parser must find the same objects and times.
import {readFileSync} from 'node:fs';
import path from 'node:path';

import m3u8 from 'm3u8-parser';
import {parse as parse_mpd} from 'mpd-parser';

function read_m3u8(file) {
  const parser = new m3u8.Parser();
  parser.push(readFileSync(file, 'utf8'));
  parser.end();
  return parser.manifest;
}

const object_of = (file, uri) => path.normalize(path.join(path.dirname(file), uri));

function hls_tracks(dir, master_name) {
  const file = path.join(dir, master_name);
  const master = read_m3u8(file);
  const uris = master.playlists.map((playlist) => playlist.uri);
  for (const group of Object.values(master.mediaGroups.AUDIO)) {
    for (const rendition of Object.values(group)) uris.push(rendition.uri);
  }
  const tracks = uris.map((uri) => {
    const name = object_of(file, uri);
    const media = read_m3u8(name);
    return {name, media, init: object_of(name, media.segments[0].map.uri),
            segments: media.segments.map((segment) => object_of(name, segment.uri)),
            seconds: media.segments.reduce((sum, segment) => sum + segment.duration, 0)};
  });
  return {master, tracks};
}

function dash_tracks(dir, mpd_name) {
  const file = path.join(dir, mpd_name);
  const mpd = parse_mpd(readFileSync(file, 'utf8'), {manifestUri: `http://x/${mpd_name}`});
  const playlists = [...mpd.playlists];
  for (const group of Object.values(mpd.mediaGroups.AUDIO)) {
    for (const rendition of Object.values(group)) playlists.push(...rendition.playlists);
  }
  const local = (url) => path.join(dir, new URL(url).pathname.slice(1));
  return {mpd, tracks: playlists.map((playlist) => ({
    segments: playlist.segments.map((segment) => local(segment.resolvedUri)),
    init: local(playlist.segments[0].map.resolvedUri),
    seconds: playlist.segments.reduce((sum, segment) => sum + segment.duration, 0),
    start: playlist.segments[0].presentationTime,
  }))};
}

export function check_parsers(report, dir, programme, {duration, frame}) {
  const hls = programme.hls && hls_tracks(dir, programme.hls);
  const dash = programme.dash && dash_tracks(dir, programme.dash);
  const tolerance = frame + 0.045;
  if (hls) {
    const vod = hls.tracks.every(({media}) => media.endList && media.playlistType === 'VOD' && media.discontinuityStarts.length === 0);
    report.check(vod, 'm3u8-parser', 'playlists', `${hls.tracks.length} complete VOD playlists`);
    const worst = Math.max(...hls.tracks.map(({seconds}) => Math.abs(seconds - duration)));
    report.check(worst <= tolerance, 'm3u8-parser', 'durations', `${Math.round(worst * 1000)} ms off the show's at most`);
    const targets = new Set(hls.tracks.map(({media}) => media.targetDuration));
    report.check(targets.size === 1, 'm3u8-parser', 'target duration', [...targets].join(', '));
  }
  if (dash) {
    const worst = Math.max(...dash.tracks.map(({seconds}) => Math.abs(seconds - duration)));
    report.check(worst <= tolerance, 'mpd-parser', 'durations', `${Math.round(worst * 1000)} ms off the show's at most`);
    const starts = dash.tracks.map(({start}) => start);
    report.check(starts.every((start) => start <= 0 && start > -0.03), 'mpd-parser', 'starts', starts.map((s) => s.toFixed(4)).join(', '));
  }
  if (hls && dash) {
    const names = ({tracks}) => [...new Set(tracks.flatMap(({init, segments}) => [init, ...segments]))].sort();
    const [a, b] = [names(hls), names(dash)];
    report.check(a.join() === b.join(), 'both parsers', 'same objects', `${a.length} in HLS, ${b.length} in DASH`);
  }
}
