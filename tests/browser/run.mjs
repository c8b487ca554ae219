#!/usr/bin/env node
// Plays a published ladder with real players in headless Chromium.
// usage: run.mjs DIR [--tessera PROGRAM] [--chromium PROGRAM] [--only PLAYER]
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

import {Report} from './report.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const {values: options, positionals} = parseArgs({allowPositionals: true, options: {
  tessera: {type: 'string'},
  chromium: {type: 'string', default: process.env.CHROMIUM || '/usr/bin/chromium'},
  only: {type: 'string'},
}});
if (positionals.length !== 1) {
  console.error('usage: run.mjs DIR [--tessera PROGRAM] [--chromium PROGRAM] [--only PLAYER]');
  process.exit(2);
}
const dir = path.resolve(positionals[0]);
const report = new Report();
const kPlayers = [['hls.js', 'hls'], ['shaka-player', 'hls'], ['shaka-player', 'dash'], ['dash.js', 'dash'], ['native', 'hls']];

/** What the checks need to know of a programme of job.json. */
function facts_of(programme) {
  const [num, den] = programme.fps.split('/').map(Number);
  const frame = (den || 1) / num;
  return {...programme, frame, duration: programme.frames * frame, init: programme.renditions[0].init,
          heights: programme.renditions.map((rendition) => rendition.height)};
}

async function launch() {
  const {default: puppeteer} = await import('puppeteer-core');
  return puppeteer.launch({
    executablePath: options.chromium,
    headless: true,
    protocolTimeout: 120000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required',
           '--mute-audio', '--window-size=1280,1000'],
  });
}

async function play_all(browser, job) {
  const {serve_folders} = await import('./server.mjs');
  const {check_player} = await import('./checks.mjs');
  const server = await serve_folders({'/out/': dir + '/', '/page/': path.join(here, 'page') + '/', '/modules/': path.join(here, 'node_modules') + '/'});
  for (const programme of job.programmes.map(facts_of)) {
    for (const [player, kind] of kPlayers) {
      const label = `${player}${player === 'native' ? '-hls' : `/${kind}`} ${programme.id}`;
      if (options.only && options.only !== player) continue;
      if (!programme[kind]) report.not_run(label, `the programme has no ${kind}`);
      else await check_player(browser, server, report, player, label, programme[kind], programme);
    }
  }
  server.close();
}

async function main() {
  const job = JSON.parse(readFileSync(path.join(dir, 'job.json'), 'utf8'));
  if (!existsSync(path.join(here, 'node_modules', 'puppeteer-core'))) {
    return report.not_run('browser players', 'the npm packages are not installed (npm ci in tests/browser)');
  }
  const {check_parsers} = await import('./parsers.mjs');
  for (const programme of job.programmes.map(facts_of)) check_parsers(report, dir, programme, programme);
  if (!existsSync(options.chromium)) {
    return report.not_run('browser players', `no Chromium at ${options.chromium}`);
  }
  const browser = await launch().catch((error) => report.check(false, 'chromium', 'launch', error.message.split('\n')[0]));
  if (!browser) return;
  try {
    await play_all(browser, job);
    if (options.tessera && (!options.only || options.only === 'tessera-serve')) {
      const {check_own_page} = await import('./own_page.mjs');
      await check_own_page(browser, report, options.tessera, dir, facts_of(job.programmes[0]));
    }
  } finally {
    await browser.close();
  }
}

await main();
process.exit(report.close());
