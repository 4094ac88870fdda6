/**
 * The patterns of search-data: `*` stands for any run of characters, `?` for one, case does not
 * matter, and the whole text must match. Walks each text once for each `*` that fails to fit at
 * worst; never a regular expression, which a stranger's pattern could make take for ever.
 */

export class SearchPattern {
  readonly #pattern: string;

  constructor(pattern: string) {
    this.#pattern = pattern.toLowerCase();
  }

  matches(text: string): boolean {
    return matchesGlob(this.#pattern, text.toLowerCase());
  }

  /** A name, with or without its final dot: PowerDNS keeps names without, people write both. */
  matchesName(name: string): boolean {
    return this.matches(name) || (name.endsWith('.') && this.matches(name.slice(0, -1)));
  }

  /** A content, with the final dots of the names in it or without. */
  matchesContent(content: string): boolean {
    return this.matches(content) || this.matches(content.replaceAll(/\.(?= |$)/g, ''));
  }
}

function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let textAt = 0;
  // Where to go on when what follows the last `*` does not fit: let that `*` take one more.
  let starAt = -1;
  let starTextAt = 0;
  while (textAt < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      starAt = at;
      starTextAt = textAt;
      at += 1;
    } else if (wanted === '?' || wanted === text[textAt]) {
      at += 1;
      textAt += 1;
    } else if (starAt >= 0) {
      starTextAt += 1;
      at = starAt + 1;
      textAt = starTextAt;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
