// A horizontal bar chart as SVG: several groups of bars with one scale.

const WIDTH = 760;
const LABEL_WIDTH = 200;
const VALUE_WIDTH = 60;
const MARGIN = 16;
const BAR = 13;
const ROW = 19;
const HEADING = 30;

// The page that shows the image can be light or dark, and not every browser tells the image. So it has a background.
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.heading { font-weight: 600 }
.name { text-anchor: end }
.background { fill: #ffffff }
.ours { fill: #1a7f37 }
.messages { fill: #5a8bc9 }
.events { fill: #8c959f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.background { fill: #0d1117 }
.ours { fill: #3fb950 }
.messages { fill: #4a78b5 }
.events { fill: #6e7681 }
}`;

/**
 * Draws bars, the shortest one of each group first.
 * @param legend the class of a bar (one of STYLE) -> its meaning
 * @param groups { heading, bars: [{ name, value, kind: a class }] }
 */
export function barChart({ title, legend, groups }) {
  const largest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * MARGIN) / largest;
  const left = MARGIN + LABEL_WIDTH;
  const lines = [];
  let y = MARGIN + 14;
  const text = (x, content, kind) =>
    `<text${kind === undefined ? '' : ` class="${kind}"`} x="${x}" y="${y}">${escaped(content)}</text>`;

  lines.push(text(MARGIN, title, 'title'));
  y += 22;
  let x = MARGIN;
  for (const [kind, meaning] of Object.entries(legend)) {
    lines.push(`<rect class="${kind}" x="${x}" y="${y - 10}" width="12" height="12"/>`, text(x + 18, meaning));
    // About the width of the words.
    x += 40 + meaning.length * 7;
  }
  for (const { heading, bars } of groups) {
    y += HEADING;
    lines.push(text(MARGIN, heading, 'heading'));
    for (const { name, value, kind } of bars.toSorted((a, b) => a.value - b.value)) {
      y += ROW;
      const width = (value * scale).toFixed(1);
      lines.push(
        text(left - 8, name, 'name'),
        `<rect class="${kind}" x="${left}" y="${y - BAR + 2}" width="${width}" height="${BAR}"/>`,
        text(Math.round(left + value * scale + 6), value.toFixed(value < 10 ? 2 : 1)),
      );
    }
  }
  const height = y + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="background" width="${WIDTH}" height="${height}" rx="6"/>
${lines.join('\n')}
</svg>
`;
}

function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
}
