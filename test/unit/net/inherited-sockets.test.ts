// What a supervisor hands over is tested with real ones in test/peers; here what it must not be.
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { InheritedSockets } from '#net/inherited-sockets.ts';
import { openLibc } from '#net/libc.ts';
import { parseListenAddress } from '#net/listen-address.ts';

const libc = openLibc();
if (libc === undefined) process.stderr.write('skipped: inherited sockets need koffi and glibc\n');

describe.skipIf(libc === undefined)('inherited sockets', () => {
  it('are none where none are handed over', () => {
    if (libc === undefined) return;
    const inherited = new InheritedSockets(libc, 0);
    expect(inherited.take('udp', parseListenAddress('127.0.0.1:53'))).toEqual([]);
    inherited.demandNoneLeft();
  });

  it('are refused where a descriptor is something else, or not there', () => {
    if (libc === undefined) return;
    // Among the first descriptors of a process there are always event loops and pipes.
    expect(() => new InheritedSockets(libc, 64)).toThrow(
      expect.objectContaining({ code: 'NET_INHERITED' }),
    );
  });
});
