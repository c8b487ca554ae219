// The page of `tessera serve`: reads /job.json and shows what was published.

import {Player} from './~player.js';
import {Timeline, colour_of} from './~timeline.js';
import {load_tracks} from './~tracks.js';

const kListedEvents = 60;
const $ = (id) => document.getElementById(id);

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  Object.assign(made, attributes);
  return made;
}

function format_time(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), String(Math.floor(whole / 60) % 60).padStart(2, '0'),
                 String(whole % 60).padStart(2, '0')];
  return `${parts.join(':')}.${String(Math.floor((seconds - whole) * 10))}`;
}

function format_rate(bps) {
  if (!bps) return '';
  return bps < 1e6 ? `${Math.round(bps / 1e3)} kb/s` : `${(bps / 1e6).toFixed(2)} Mb/s`;
}

function show_problem(text) {
  $('problem').textContent = text;
  $('problem').hidden = false;
}

const state = {job: null, programme: null, tracks: null, player: null, rows: new Map()};
const timeline = new Timeline($('timeline'), (time) => { $('video').currentTime = time; });

function radio(name, checked, on_choose) {
  const input = element('input', undefined, {type: 'radio', name, checked});
  input.addEventListener('change', on_choose);
  return input;
}

function add_row(body, cells, input) {
  const row = body.insertRow();
  row.insertCell().append(input);
  for (const cell of cells) row.insertCell().textContent = cell ?? '';
  return row;
}

function fill_renditions() {
  const body = $('renditions').tBodies[0];
  body.replaceChildren();
  state.rows.clear();
  const {player} = state;
  if (player && state.tracks.video.length > 1) {
    add_row(body, ['auto', 'what the link and the window ask for'], radio('rendition', true, () => player.choose_rendition(null)));
    body.rows[0].cells[2].colSpan = 5;
  }
  for (const track of state.tracks.video) {
    const input = radio('rendition', false, () => player.choose_rendition(track));
    input.disabled = !player || !Player.can_play(track);
    const row = add_row(body, [track.id, `${track.width}×${track.height}`, track.fps, format_rate(track.average_bps),
                               format_rate(track.peak_bps), track.codecs], input);
    input.setAttribute('aria-label', track.id);
    state.rows.set(track, row);
  }
}

function fill_mixes() {
  const body = $('mixes').tBodies[0];
  body.replaceChildren();
  state.tracks.audio.forEach((track, i) => {
    const input = radio('mix', i === 0, () => state.player.choose_mix(track));
    input.disabled = !state.player || !Player.can_play(track);
    add_row(body, [track.id, track.lang, format_rate(track.average_bps), format_rate(track.peak_bps), track.codecs], input);
  });
}

function fill_degraded() {
  const degraded = state.job.degraded || [];
  $('degraded').hidden = degraded.length === 0;
  const body = $('degraded').querySelector('tbody');
  body.replaceChildren();
  for (const span of degraded) {
    const row = body.insertRow();
    for (const cell of [span.take, format_time(span.start), format_time(span.end), span.reason]) {
      row.insertCell().textContent = cell;
    }
  }
}

function fill_links() {
  const links = [['job.json', 'job.json'], ['HLS', state.programme.hls], ['DASH', state.programme.dash],
                 ['MP4', state.programme.mp4]];
  $('links').replaceChildren(...links.filter(([, href]) => href).map(([text, href]) => element('a', text, {href})));
}

function fill_events() {
  const events = (state.job.timeline || []).slice(0, kListedEvents);
  const items = events.map((event) => {
    const item = element('li');
    const button = element('button', format_time(event.t));
    button.addEventListener('click', () => { $('video').currentTime = event.t; });
    const type = element('span', event.label ? `${event.type}: ${event.label}` : event.type);
    type.style.color = colour_of(event.type);
    item.append(button, type);
    item.dataset.t = event.t;
    return item;
  });
  const hidden = (state.job.timeline || []).length - events.length;
  if (hidden > 0) items.push(element('li', `and ${hidden} more`));
  $('events').replaceChildren(...items);
}

async function open_programme(programme) {
  state.player?.stop();
  state.player = null;
  state.programme = programme;
  for (const button of $('programmes').children) button.setAttribute('aria-pressed', button.textContent === programme.id);
  state.tracks = await load_tracks(programme);
  const rendition = state.tracks.video.find(Player.can_play);
  const mix = state.tracks.audio.find(Player.can_play);
  if (Player.available && (rendition || mix)) {
    const length = (programme.renditions.length && programme.frames) ? frames_length(programme) : state.job.duration;
    state.player = new Player($('video'), state.tracks, length, show_problem);
  } else if (programme.hls && $('video').canPlayType('application/vnd.apple.mpegurl')) {
    $('video').src = programme.hls;
  } else {
    show_problem('This browser plays none of the renditions.');
  }
  fill_renditions();
  fill_mixes();
  fill_degraded();
  fill_links();
  fill_events();
  const segments = (state.tracks.video[0] || state.tracks.audio[0] || {segments: []}).segments;
  timeline.set({duration: state.job.duration || segments.at(-1)?.end || 1, segments,
                events: state.job.timeline || [], degraded: state.job.degraded || []});
  if (state.player) await state.player.start(rendition, mix);
}

function frames_length(programme) {
  const [num, den] = String(programme.fps).split('/').map(Number);
  return programme.frames * (den || 1) / num;
}

function refresh() {
  const video = $('video');
  timeline.draw(video);
  const shown = state.player?.shown();
  for (const [track, row] of state.rows) row.classList.toggle('playing', track === shown);
  const quality = video.getVideoPlaybackQuality?.();
  const ahead = [...Array(video.buffered.length).keys()]
      .filter((i) => video.buffered.start(i) <= video.currentTime + 0.1)
      .reduce((most, i) => Math.max(most, video.buffered.end(i) - video.currentTime), 0);
  const words = [format_time(video.currentTime)];
  if (video.videoWidth) words.push(`${video.videoWidth}×${video.videoHeight}`);
  words.push(`${ahead.toFixed(1)} s ahead`);
  if (quality) words.push(`${quality.droppedVideoFrames} of ${quality.totalVideoFrames} frames dropped`);
  $('now').textContent = words.join(' · ');
  for (const item of $('events').children) item.classList.toggle('past', Number(item.dataset.t) <= video.currentTime);
}

async function main() {
  const response = await fetch('job.json');
  if (!response.ok) throw new Error(`job.json: the server answers ${response.status}`);
  state.job = await response.json();
  document.title = `${state.job.id ?? 'show'} · tessera`;
  $('job').textContent = [state.job.id, state.job.duration && format_time(state.job.duration),
                          `revision ${state.job.revision}`].filter(Boolean).join(' · ');
  const {programmes} = state.job;
  if (programmes.length > 1) {
    $('programmes').replaceChildren(...programmes.map((programme) => {
      const button = element('button', programme.id);
      button.addEventListener('click', () => open_programme(programme).catch((error) => show_problem(error.message)));
      return button;
    }));
  }
  setInterval(refresh, 100);
  window.tessera = state;  // for tests and the curious
  await open_programme(programmes[0]);
}

main().catch((error) => show_problem(error.message));
