import { describe, expect, it } from 'vitest';
import { TransferSlots, WAITING_MAX } from '#dns/transfer/outgoing/transfer-slots.ts';

const LIMITS = { concurrentMax: 3, concurrentPerClientMax: 2 };

describe('transfers at a time', () => {
  it('are so many in all and to one client, and the next waits for its turn', async () => {
    const slots = new TransferSlots(LIMITS);
    expect(await slots.enter('a')).toBe(true);
    expect(await slots.enter('a')).toBe(true);
    const third = slots.enter('a');
    expect(await slots.enter('b')).toBe(true);
    const second = slots.enter('c');
    expect(slots.taken).toBe(3);
    slots.leave('b');
    expect(await second, 'the client before it in the line has two already').toBe(true);
    slots.leave('a');
    expect(await third).toBe(true);
    expect(slots.taken).toBe(3);
  });

  it('do not let a newcomer past one who waits', async () => {
    const slots = new TransferSlots({ concurrentMax: 1, concurrentPerClientMax: 1 });
    await slots.enter('a');
    const waiting = slots.enter('b');
    slots.leave('a');
    const newcomer = slots.enter('c');
    expect(await waiting).toBe(true);
    slots.leave('b');
    expect(await newcomer).toBe(true);
    slots.leave('c');
    expect(slots.taken).toBe(0);
  });

  it('are refused when one has waited too long, or too many wait', async () => {
    const slots = new TransferSlots({ concurrentMax: 1, concurrentPerClientMax: 1 }, 20);
    await slots.enter('a');
    const waiting = Array.from({ length: WAITING_MAX }, (_, index) => slots.enter(`w${index}`));
    expect(await slots.enter('late')).toBe(false);
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => false));
    slots.leave('a');
    expect(slots.taken).toBe(0);
    expect(await slots.enter('b')).toBe(true);
  });
});
