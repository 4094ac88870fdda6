/** Serial arithmetic: order on a circle, and the three ways to choose the next one. */
import { describe, expect, it } from 'vitest';
import { addToSerial, compareSerials, nextSerial } from '#dns/zone/serial.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

describe('compareSerials', () => {
  it('orders by the shorter way round the circle', () => {
    expect(compareSerials(2, 1)).toBe(1);
    expect(compareSerials(1, 2)).toBe(-1);
    expect(compareSerials(7, 7)).toBe(0);
    expect(compareSerials(0, 0xffff_ffff)).toBe(1);
    expect(compareSerials(0x8000_0000, 1)).toBe(1);
  });

  it('calls neither newer when they are half the circle apart', () => {
    expect(compareSerials(0, 0x8000_0000)).toBe(-1);
    expect(compareSerials(0x8000_0000, 0)).toBe(-1);
  });
});

describe('addToSerial', () => {
  it('wraps at 32 bits', () => {
    expect(addToSerial(0xffff_ffff, 2)).toBe(1);
  });
});

describe('nextSerial', () => {
  it('starts the day at 01 in DEFAULT style', () => {
    expect(nextSerial('DEFAULT', 2026112107, NOON)).toBe(2026112201);
    expect(nextSerial('DEFAULT', 1, NOON)).toBe(2026112201);
  });

  it('counts on from a serial of today or later in DEFAULT style', () => {
    expect(nextSerial('DEFAULT', 2026112201, NOON)).toBe(2026112202);
    expect(nextSerial('DEFAULT', 2099010101, NOON)).toBe(2099010102);
  });

  it('is the second in EPOCH style, and counts on within one second', () => {
    expect(nextSerial('EPOCH', 5, NOON)).toBe(NOON / 1000);
    expect(nextSerial('EPOCH', NOON / 1000, NOON)).toBe(NOON / 1000 + 1);
  });

  it('is newer than the old one in every style, all round the circle', () => {
    for (const style of ['DEFAULT', 'INCREASE', 'EPOCH'] as const) {
      for (let old = 0; old <= 0xffff_ffff; old += 0x0fff_fff1) {
        expect(compareSerials(nextSerial(style, old, NOON), old)).toBe(1);
      }
    }
  });

  it('skips 0 when it wraps', () => {
    expect(nextSerial('INCREASE', 0xffff_ffff, NOON)).toBe(1);
  });
});
