/** Instants and durations as the sidecar's pages show them. */
import { type Html, html } from '#base/html.ts';

/** `2026-10-01 00:00:10 UTC`, with the instant itself for programs. */
export function time(instant: string): Html {
  const shown = instant.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');
  return html`<time datetime="${instant}">${shown}</time>`;
}

/** `2 d 3 h 4 min`, `45 s`. */
export function duration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [seconds % 60, 's'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}
