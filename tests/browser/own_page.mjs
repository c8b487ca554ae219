// The page of `tessera serve`: it plays, seeks and switches too.
import {execFile, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';

/** Starts `tessera serve`; {url, stop} where stop() gives its exit code. */
async function start_server(tessera, dir) {
  const child = spawn(tessera, ['serve', dir, '--port', '0', '--log-level', 'warn'], {stdio: ['ignore', 'pipe', 'inherit']});
  const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.on('error', reject);
    ended.then((code) => reject(new Error(`tessera serve ended with ${code}`)));
  });
  return {url, stop: () => { child.kill('SIGTERM'); return ended; }};
}

const kLabel = 'tessera-serve';

export async function check_own_page(browser, report, tessera, dir, programme) {
  const server = await start_server(tessera, dir);
  const page = await browser.newPage();
  const errors = [];
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('requestfailed', (request) => { if (!request.url().startsWith('blob:')) errors.push(`${request.url()} ${request.failure()?.errorText}`); });
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(server.url)) errors.push(`asks elsewhere: ${request.url()}`);
  });
  try {
    await check_http(report, server.url, programme);
    await check_lint(report, tessera, server.url);
    // Not as a script element: the page's own policy forbids foreign ones.
    await page.evaluateOnNewDocument(readFileSync(new URL('page/measure.js', import.meta.url), 'utf8') +
                                     'Object.assign(window, {wait_until, the_video});');
    await page.goto(server.url);
    await page.waitForFunction(() => document.querySelector('video').readyState >= 2, {timeout: 20000});
    await page.evaluate(() => document.querySelector('video').play());
    report.check(await page.evaluate(() => window.moves(15)) !== null, kLabel, 'start', 'the time moves');
    const holes = await page.evaluate((e) => window.holes(e, 30), Math.min(programme.duration, 18) - programme.frame);
    report.check(holes !== null && holes.element <= programme.frame, kLabel, 'largest gap', holes ? `${Math.round(holes.element * 1000)} ms` : 'not loaded');
    await check_controls(page, report, programme);
    const {took, at} = await page.evaluate(() => window.ends(15));
    report.check(took !== null, kLabel, 'end', `at ${at.toFixed(3)} s`);
    const problem = await page.$eval('#problem', (p) => p.textContent);
    report.check(errors.length === 0 && problem === '', kLabel, 'errors', [...errors, problem].filter(Boolean).slice(0, 4).join(' | ') || 'none');
  } catch (error) {
    report.check(false, kLabel, 'run', [error.message.split('\n')[0], ...errors].join(' | '));
  } finally {
    await page.close();
    const code = await server.stop();
    report.check(code === 0, kLabel, 'stops on SIGTERM', `exit ${code}`);
  }
}

/** `tessera lint` over HTTP finds nothing wrong, and says so of a folder that is no ladder. */
async function check_lint(report, tessera, url) {
  const lint = (place) => new Promise((resolve) => {
    execFile(tessera, ['lint', place, '--log-level', 'off'], (error, out) => resolve({code: error ? error.code : 0, out}));
  });
  const good = await lint(url);
  report.check(good.code === 0 && good.out === '', 'tessera-lint', 'published ladder', good.out.split('\n')[0] || `exit ${good.code}, no findings`);
  const bad = await lint(url + 'media/');
  report.check(bad.code === 10, 'tessera-lint', 'no ladder', `exit ${bad.code}`);
}

async function check_controls(page, report, {duration, heights}) {
  const rows = await page.$$eval('#renditions tbody tr', (all) => all.map((row) => row.textContent));
  report.check(heights.every((height) => rows.some((row) => row.includes(`×${height}`))), kLabel, 'renditions listed', `${rows.length} rows`);
  const box = await page.$eval('#timeline', (canvas) => {
    canvas.scrollIntoView();
    const {x, y, width} = canvas.getBoundingClientRect();
    return {x, y, width};
  });
  await page.mouse.click(box.x + 0.6 * box.width, box.y + 60);
  const arrived = await page.evaluate((t) => wait_until(() => !the_video().seeking && the_video().currentTime >= t, 15), 0.6 * duration - 0.1);
  report.check(arrived !== null, kLabel, 'click on the timeline', `${(arrived * 1000).toFixed(0)} ms`);
  for (const which of [Math.min, Math.max]) {
    const height = which(...heights);
    await page.evaluate(() => window.seek_to(0.5, 15));
    await page.evaluate((wanted) => {
      const row = [...document.querySelectorAll('#renditions tbody tr')].find((r) => r.textContent.includes(`×${wanted}`));
      row.querySelector('input').click();
    }, height);
    const took = await page.evaluate((h) => window.height_becomes(h, 20), height);
    report.check(took !== null, kLabel, `switch to ${height}`, took === null ? 'not shown' : `${(took * 1000).toFixed(0)} ms`);
  }
}

/** The server's manners: types, ranges, caching, names that are none. */
async function check_http(report, url, {hls, init}) {
  const master = await fetch(url + hls);
  report.check(master.status === 200 && master.headers.get('content-type') === 'application/vnd.apple.mpegurl' &&
               master.headers.get('cache-control') === 'no-cache', kLabel, 'playlist headers',
               `${master.headers.get('content-type')}, ${master.headers.get('cache-control')}`);
  const whole = new Uint8Array(await (await fetch(url + init)).arrayBuffer());
  const part = await fetch(url + init, {headers: {Range: 'bytes=4-7'}});
  const bytes = new Uint8Array(await part.arrayBuffer());
  report.check(part.status === 206 && bytes.length === 4 && bytes.every((b, i) => b === whole[i + 4]), kLabel, 'range request', `${part.status}, ${bytes.length} bytes`);
  report.check((part.headers.get('cache-control') || '').includes('immutable'), kLabel, 'media is cached', part.headers.get('cache-control'));
  const bad = await Promise.all(['nothing', '..%2f..%2fetc/passwd', 'media/', '~nothing', '%00'].map((name) => fetch(url + name)));
  report.check(bad.every((response) => response.status === 404 || response.status === 400), kLabel, 'what is not there', bad.map((response) => response.status).join(' '));
}
