// What every player must do with a published programme.

const kStartSeconds = 20;  // generous: the machine may be busy, only the verdict counts, not the time
const kSeekSeconds = 15;
const kSwitchSeconds = 30;
const kHoleSeconds = 40;

const ms = (seconds) => `${Math.round(seconds * 1000)} ms`;

/** Plays `programme` with one player in a fresh page. @param programme {duration, frame, heights} in seconds and pixels */
export async function check_player(browser, server, report, player, label, manifest, programme) {
  const page = await browser.newPage();
  const missing_before = server.missing.length;
  const console_errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('favicon')) console_errors.push(message.text());
  });
  page.on('pageerror', (error) => console_errors.push(error.message));
  try {
    await page.goto(`${server.url}/page/play.html`);
    const begin = Date.now();
    const started = await page.evaluate((name, url) => window.start(name, url), player, `${server.url}/out/${manifest}`);
    if (!started) return report.not_run(label, 'this Chromium has no native HLS');
    const moved = await page.evaluate((s) => window.moves(s), kStartSeconds);
    const took = (Date.now() - begin) / 1000;
    if (!report.check(moved !== null, label, 'start', moved === null ? 'the time does not move' : ms(took))) return;
    await check_loading(page, report, label, programme);
    await check_frames(page, report, label, programme);
    await check_seeks(page, report, label, programme);
    if (player !== 'native') await check_switch(page, report, label, programme);
    await check_end(page, report, label, programme);
  } catch (error) {
    report.check(false, label, 'run', error.message.split('\n')[0]);
  } finally {
    await check_quiet(page, report, label, console_errors, server.missing.slice(missing_before));
    await page.close();
  }
}

async function check_loading(page, report, label, {duration, frame}) {
  const length = await page.evaluate(() => document.querySelector('video').duration);
  // Sound may last up to one coded frame longer than the picture.
  report.check(Math.abs(length - duration) <= frame + 0.045, label, 'length', `${length.toFixed(3)} s, the show lasts ${duration.toFixed(3)} s`);
  const end = Math.min(duration, 20) - frame;
  const holes = await page.evaluate((e, s) => window.holes(e, s), end, kHoleSeconds);
  const worst = holes && Math.max(...Object.values(holes));
  const figure = holes ? Object.entries(holes).map(([kind, hole]) => `${kind} ${ms(Math.max(0, hole))}`).join(', ')
                       : `not loaded up to ${end.toFixed(1)} s`;
  report.check(holes !== null && worst <= frame + 1e-3, label, 'largest gap', figure);
  const delay = await page.evaluate(() => window.sound_delay());
  if (delay !== null) report.check(Math.abs(delay) <= 0.002, label, 'sound against picture', `${(delay * 1000).toFixed(1)} ms`);
}

async function check_frames(page, report, label, {frame}) {
  await page.evaluate((s) => window.seek_to(0.05, s), kSeekSeconds);
  const {times, total, dropped} = await page.evaluate(() => window.frames_for(2));
  const rising = times.filter((time, i) => i > 0 && time > times[i - 1]).length;
  // A software renderer on a busy machine shows fewer than were encoded; a frozen picture shows one.
  report.check(rising >= 8 && total > 8, label, 'frames',
               `${rising} of ${Math.round(2 / frame)} shown in 2 s, ${dropped} of ${total} dropped`);
}

async function check_seeks(page, report, label, {duration, frame}) {
  for (const part of [0.7, 0.1, 0.45]) {
    const time = part * duration;
    const {arrived, at} = await page.evaluate((t, s) => window.seek_to(t, s), time, kSeekSeconds);
    const good = arrived !== null && at >= time - frame - 0.01 && at <= time + 2;
    report.check(good, label, `seek to ${time.toFixed(2)} s`, arrived === null ? `stays at ${at.toFixed(2)} s` : ms(arrived));
  }
}

async function check_switch(page, report, label, {heights, duration}) {
  const offered = await page.evaluate(() => window.player.renditions());
  const same = [...offered].sort().join() === [...heights].sort().join();
  report.check(same, label, 'renditions', `${offered.join(', ')} offered`);
  for (const which of [Math.min, Math.max]) {
    const height = which(...heights);
    await page.evaluate((t, s) => window.seek_to(t, s), 0.1 * duration, kSeekSeconds);
    await page.evaluate((h) => window.player.choose(h), height);
    const took = await page.evaluate((h, s) => window.height_becomes(h, s), height, kSwitchSeconds);
    const moved = await page.evaluate((s) => window.moves(s), kSeekSeconds);
    report.check(took !== null && moved !== null, label, `switch to ${height}`, took === null ? 'not shown' : ms(took));
  }
}

async function check_end(page, report, label, {duration, frame}) {
  const {took, at} = await page.evaluate((s) => window.ends(s), kSeekSeconds);
  report.check(took !== null && Math.abs(at - duration) <= frame + 0.045, label, 'end', took === null ? `stays at ${at.toFixed(3)} s` : `at ${at.toFixed(3)} s`);
}

async function check_quiet(page, report, label, console_errors, missing) {
  const {problems, stalls} = await page.evaluate(() => ({problems: window.problems, stalls: window.stalls}))
      .catch((error) => ({problems: [error.message], stalls: 0}));
  const all = [...problems, ...console_errors, ...missing.map((name) => `404 ${name}`)];
  report.check(all.length === 0, label, 'errors', all.length ? all.slice(0, 4).join(' | ') : `none, ${stalls} stalls`);
}
