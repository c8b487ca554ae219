// Draws the show's time: segments, what is loaded, events, degraded spans and the playhead.

const kHues = [205, 265, 325, 20, 45, 95, 150, 180];

/** One colour a type of event, the same in every show. */
export function colour_of(type) {
  let hash = 0;
  for (const c of type.split('.')[0]) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  return `hsl(${kHues[hash % kHues.length]} 80% 68%)`;
}

export class Timeline {
  constructor(canvas, on_seek) {
    this.canvas = canvas;
    this.show = null;
    canvas.addEventListener('click', (event) => {
      if (this.show) on_seek(event.offsetX / canvas.clientWidth * this.show.duration);
    });
  }

  /** @param show {duration, segments, events, degraded} */
  set(show) { this.show = show; }

  draw(video) {
    if (!this.show) return;
    const {canvas} = this;
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (t) => t / this.show.duration * width;
    this.draw_segments(context, x);
    this.draw_loaded(context, x, video.buffered);
    this.draw_events(context, x);
    context.fillStyle = '#fff';
    context.fillRect(x(video.currentTime) - 1, 0, 2, height);
  }

  draw_segments(context, x) {
    this.show.segments.forEach((segment, k) => {
      context.fillStyle = k % 2 ? '#30303d' : '#272732';
      context.fillRect(x(segment.start), 56, x(segment.end) - x(segment.start), 24);
    });
    context.fillStyle = '#ff9d6c99';
    for (const span of this.show.degraded) {
      context.fillRect(x(span.start), 52, Math.max(2, x(span.end) - x(span.start)), 4);
    }
  }

  draw_loaded(context, x, buffered) {
    context.fillStyle = '#7cc4ff';
    for (let i = 0; i < buffered.length; ++i) {
      context.fillRect(x(buffered.start(i)), 84, x(buffered.end(i)) - x(buffered.start(i)), 3);
    }
  }

  draw_events(context, x) {
    // Events that would lie on each other go into rows; after the last row they overlap.
    const ends = [-Infinity, -Infinity, -Infinity, -Infinity];
    for (const event of this.show.events) {
      const at = x(event.t);
      let row = ends.findIndex((end) => at > end + 9);
      if (row < 0) row = ends.length - 1;
      ends[row] = at;
      context.fillStyle = colour_of(event.type);
      context.beginPath();
      context.arc(Math.max(4, at), 42 - row * 11, 4, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
