/** Entry of a packet thread: the real answer path behind UDP. Its import graph is kept small. */
import { openAnswerer } from './open-answerer.ts';
import { runPacketLoop } from './packet-loop.ts';
import { runThread } from './thread-body.ts';

await runThread(runPacketLoop, openAnswerer);
