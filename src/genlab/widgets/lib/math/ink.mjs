/** Drawing with a round, soft-edged pen on a square grid; no canvas needed. */

/** Cells along one side: four for each of the 28 pixels of a digit. */
export const GRID = 112;

/** As wide as the strokes of MNIST, where they measure two to three of the 28 pixels. */
const RADIUS = 1.3 / 28;

/** @typedef {[x: number, y: number]} Place  a fraction of the drawing's width and height */

export const emptyInk = () => new Float32Array(GRID * GRID);

/**
 * Draw a straight stroke; where there is ink already, the darker one stays.
 * @param {Float32Array} ink changed in place @param {Place} from @param {Place} to
 */
export function stroke(ink, from, to, radius = RADIUS) {
  const [ax, ay, bx, by] = [...from, ...to].map((value) => value * GRID);
  const reach = radius * GRID;
  const [left, right] = span(ax, bx, reach);
  const [top, bottom] = span(ay, by, reach);
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const away = distance(x + 0.5, y + 0.5, ax, ay, bx, by);
      const cover = Math.min(Math.max(reach - away + 0.5, 0), 1);
      ink[y * GRID + x] = Math.max(ink[y * GRID + x], cover);
    }
}

/** @param {number} a @param {number} b @param {number} reach */
function span(a, b, reach) {
  const low = Math.floor(Math.min(a, b) - reach);
  const high = Math.ceil(Math.max(a, b) + reach);
  return [Math.max(low, 0), Math.min(high, GRID - 1)];
}

/**
 * From (x, y) to the segment between a and b.
 * @param {number} x @param {number} y @param {number} ax @param {number} ay
 * @param {number} bx @param {number} by
 */
function distance(x, y, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / length, 0), 1) : 0;
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
