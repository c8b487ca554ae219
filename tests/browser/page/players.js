// The players under test, behind one face: start(url) plays, renditions() lists heights, choose(height) switches.
// What a player complains of goes to window.problems; stalls, which a slow machine makes, are only counted.
window.problems = [];
window.stalls = 0;
window.addEventListener('error', (event) => window.problems.push(`page: ${event.message}`));
window.addEventListener('unhandledrejection', (event) => window.problems.push(`page: ${event.reason}`));

function load_script(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${url} can't be loaded`));
    document.head.append(script);
  });
}

const video = document.getElementById('video');
video.addEventListener('error', () => window.problems.push(`video: ${video.error?.message || video.error?.code}`));

window.players = {
  'hls.js': async (url) => {
    await load_script('/modules/hls.js/dist/hls.min.js');
    const hls = new Hls({maxBufferLength: 40, enableWorker: true});
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (data.details === 'bufferStalledError') return void ++window.stalls;
      window.problems.push(`hls.js: ${data.type} ${data.details} ${data.reason || data.error?.message || ''}`);
    });
    hls.loadSource(url);
    hls.attachMedia(video);
    await new Promise((resolve) => hls.once(Hls.Events.MANIFEST_PARSED, resolve));
    return {
      renditions: () => hls.levels.map((level) => level.height),
      choose: (height) => { hls.nextLevel = hls.levels.findIndex((level) => level.height === height); },
    };
  },

  'shaka-player': async (url) => {
    await load_script('/modules/shaka-player/dist/shaka-player.compiled.js');
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.addEventListener('error', (event) => window.problems.push(`shaka: ${event.detail.code} ${event.detail.message}`));
    player.addEventListener('stalldetected', () => ++window.stalls);
    await player.attach(video);
    player.configure({streaming: {bufferingGoal: 40}});
    await player.load(url);
    return {
      renditions: () => player.getVariantTracks().map((track) => track.height),
      choose: (height) => {
        player.configure({abr: {enabled: false}});
        player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height), true);
      },
    };
  },

  'dash.js': async (url) => {
    await load_script('/modules/dashjs/dist/modern/umd/dash.all.min.js');
    const player = dashjs.MediaPlayer().create();
    player.on(dashjs.MediaPlayer.events.ERROR, (event) => window.problems.push(`dash.js: ${event.error?.code} ${event.error?.message}`));
    player.on(dashjs.MediaPlayer.events.PLAYBACK_STALLED, () => ++window.stalls);
    player.updateSettings({streaming: {buffer: {bufferTimeDefault: 40, bufferTimeAtTopQuality: 40, fastSwitchEnabled: true}}});
    player.initialize(video, url, true);
    await new Promise((resolve) => player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve));
    return {
      renditions: () => player.getRepresentationsByType('video').map((r) => r.height),
      choose: (height) => {
        player.updateSettings({streaming: {abr: {autoSwitchBitrate: {video: false}}}});
        const wanted = player.getRepresentationsByType('video').find((r) => r.height === height);
        player.setRepresentationForTypeById('video', wanted.id, true);
      },
    };
  },

  native: async (url) => {
    if (!video.canPlayType('application/vnd.apple.mpegurl')) return null;
    video.src = url;
    return {renditions: () => [], choose: () => {}};
  },
};

/** Starts a player. False where the browser has no such player. */
window.start = async (name, url) => {
  window.player = await window.players[name](url);
  if (!window.player) return false;
  video.play().catch((error) => window.problems.push(`play: ${error.message}`));
  return true;
};
