/** A handler of the slow lane that refuses whatever comes, for tests of sockets and threads. */
import type { SlowHandler } from '#dns/packet/slow-lane.ts';
import { RCODE } from '#dns/wire/header.ts';

export const refuseSlowRequest: SlowHandler = async ({ bytes }, replies) => {
  const reply = Uint8Array.from(bytes);
  reply[2] |= 0x80;
  reply[3] = RCODE.REFUSED;
  await replies.send(reply);
};
