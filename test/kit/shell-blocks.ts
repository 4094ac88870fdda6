/** The commands of a page in Markdown, so that a test can do what the page says. */

/** The shell blocks below `heading` (a whole line), up to the next heading of its level. */
export function shellBlocks(page: string, heading: string): string[] {
  const start = page.indexOf(`${heading}\n`);
  if (start < 0) throw new Error(`the page has no heading "${heading}"`);
  const level = heading.slice(0, heading.indexOf(' '));
  const section = page.slice(start).split(`\n${level} `)[0] ?? '';
  const blocks = [...section.matchAll(/^( *)```sh\n([\s\S]*?)^\1```/gm)];
  return blocks.map(([, indent = '', block = '']) =>
    block
      .split('\n')
      .map((line) => line.slice(indent.length))
      .join('\n'),
  );
}
