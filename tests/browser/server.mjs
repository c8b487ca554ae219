// A static server on loopback for the player tests: several folders, range requests, and a list of what went wrong.
import {createReadStream, promises as fs} from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const kTypes = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mpd': 'application/dash+xml',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
  '.json': 'application/json',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The byte range a request asks for: [first, last], or null where it asks for none or for nonsense. */
function range_of(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header || '');
  if (!match || (!match[1] && !match[2])) return null;
  const first = match[1] ? Number(match[1]) : Math.max(0, size - Number(match[2]));
  const last = match[1] && match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  return first <= last ? [first, last] : null;
}

/**
 * @param folders {prefix: folder}
 * @returns {Promise<{url: string, missing: string[], close: () => void}>} `missing` grows with every request that found
 *          no file
 */
export async function serve_folders(folders) {
  const missing = [];
  const server = http.createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const prefix = Object.keys(folders).find((p) => name.startsWith(p));
    const file = prefix && path.join(folders[prefix], name.slice(prefix.length));
    const stat = file && file.startsWith(folders[prefix]) ? await fs.stat(file).catch(() => null) : null;
    if (!stat?.isFile()) {
      if (name !== '/favicon.ico') missing.push(name);
      response.writeHead(404).end();
      return;
    }
    const range = range_of(request.headers.range, stat.size);
    const [first, last] = range || [0, stat.size - 1];
    const headers = {'Content-Type': kTypes[path.extname(file)] || 'application/octet-stream',
                     'Content-Length': last - first + 1, 'Accept-Ranges': 'bytes'};
    if (range) headers['Content-Range'] = `bytes ${first}-${last}/${stat.size}`;
    response.writeHead(range ? 206 : 200, headers);
    if (stat.size === 0 || request.method === 'HEAD') return response.end();
    const stream = createReadStream(file, {start: first, end: last});
    stream.on('error', () => response.destroy());
    response.on('close', () => stream.destroy());
    stream.pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `http://127.0.0.1:${server.address().port}`, missing, close: () => server.closeAllConnections?.() || server.close()};
}
