/** The entry of a packet thread that answers like StubAnswerer. */
import { runPacketLoop } from '#dns/packet/packet-loop.ts';
import { runThread } from '#dns/packet/thread-body.ts';
import { StubAnswerer } from './stub-answerer.ts';

await runThread(runPacketLoop, () => new StubAnswerer());
