import { expect, it } from 'vitest';
import { formatTable } from '#app/cli/table.ts';

it('is as wide as its widest cells', () => {
  expect(formatTable(['zone', 'serial'], [['a.example.', '7'], ['b.'], ['', '12345678']])).toBe(
    'zone        serial\na.example.  7\nb.\n            12345678\n',
  );
});

it('has room for more rows than a call takes arguments', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => [`z${at}.`]);
  expect(formatTable(['zone'], rows).length).toBeGreaterThan(rows.length * 6);
});
