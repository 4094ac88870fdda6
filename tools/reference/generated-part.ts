/**
 * The part of a page that is made from the code, between two comments that Markdown does not show.
 */

const END = '<!-- end -->';

/** The text between the marks of `name`. @throws Error where the page has no such part */
export function findGenerated(page: string, name: string): string {
  const { from, to } = placeOf(page, name);
  return page.slice(from, to);
}

export function replaceGenerated(page: string, name: string, part: string): string {
  const { from, to } = placeOf(page, name);
  return `${page.slice(0, from)}${part}${page.slice(to)}`;
}

function placeOf(page: string, name: string): { from: number; to: number } {
  const mark = `<!-- generated: ${name} -->\n`;
  const start = page.indexOf(mark);
  const to = page.indexOf(END, start);
  if (start < 0 || to < 0) throw new Error(`the page has no part "${name}"`);
  return { from: start + mark.length, to };
}
