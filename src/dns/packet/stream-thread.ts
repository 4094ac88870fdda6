/** Entry of the stream thread: the real answer path behind TCP or TLS. */
import { openAnswerer } from './open-answerer.ts';
import { runStreamLoop } from './stream-loop.ts';
import { runThread } from './thread-body.ts';

await runThread(runStreamLoop, openAnswerer);
