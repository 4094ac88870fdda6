/** The entry of a stream thread that answers like StubAnswerer. */
import { runStreamLoop } from '#dns/packet/stream-loop.ts';
import { runThread } from '#dns/packet/thread-body.ts';
import { StubAnswerer } from './stub-answerer.ts';

await runThread(runStreamLoop, () => new StubAnswerer());
