/**
 * A second server that follows the run's by catalog, NOTIFY, IXFR and AXFR. It may be there or not:
 * while it runs, every look at the primary is followed by one at it, and within a bound it must have
 * come to the same.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '#base/coded-error.ts';
import type { Random } from '#base/random.ts';
import { addNameserverKeys, makeSecondary } from '../../kit/server-configuration.ts';
import {
  makeServerFolder,
  type ServerFolder,
  type ServerProcess,
} from '../../kit/server-process.ts';
import { noteSynced, type SyncedSizes } from './damage.ts';
import { startServer } from './start-server.ts';
import type { ZoneModel } from './zone-model.ts';
import { CATALOG, viewServer } from './zone-view.ts';

/** From a change at the primary; NOTIFY is sent again after 1, 2, 4 and 8 s. */
const FOLLOWS_MS_MAX = 30_000;
const LOOK_AGAIN_MS = 50;

export class Secondary {
  readonly place: ServerFolder;
  server: ServerProcess | undefined;
  /** What was synced when it was last seen to have followed. */
  synced: SyncedSizes = new Map();

  private constructor(place: ServerFolder) {
    this.place = place;
  }

  /** Only makes its folder. */
  static async open(folder: string): Promise<Secondary> {
    await mkdir(folder);
    return new Secondary(await makeServerFolder(folder));
  }

  /** Says whom it follows. */
  async follow({ dnsPort }: ServerFolder): Promise<void> {
    await addNameserverKeys(this.place, ['transfer: { allow: ["127.0.0.1"] }']);
    await makeSecondary(this.place, `[{ address: "127.0.0.1:${dnsPort}", catalog: ${CATALOG} }]`);
  }

  get storeFolder(): string {
    return join(this.place.data, 'store');
  }

  async start(): Promise<ServerProcess> {
    this.server ??= await startServer(this.place);
    return this.server;
  }

  async kill(): Promise<void> {
    await this.server?.kill();
    this.server = undefined;
  }

  /** As after the loss of its disk. */
  async forget(): Promise<void> {
    await rm(this.storeFolder, { recursive: true });
  }

  /** Nothing where it does not run. Otherwise it comes to what the model says. */
  async expectFollows(model: ZoneModel, random: Random, when: string): Promise<void> {
    if (this.server === undefined) return;
    const endMs = performance.now() + FOLLOWS_MS_MAX;
    for (;;) {
      const left = await this.#differences(this.server, model, random);
      if (left === undefined) break;
      if (performance.now() > endMs) throw new Error(`the secondary ${when}: ${left}`);
      await sleep(LOOK_AGAIN_MS);
    }
    this.synced = noteSynced(this.place.data);
  }

  async #differences(
    server: ServerProcess,
    model: ZoneModel,
    random: Random,
  ): Promise<string | undefined> {
    try {
      const views = await viewServer(server, random, 'zone');
      const lines = model.differences(views, { settles: false, isAside: true, hasSerials: false });
      return lines.length > 0 ? lines.join('\n') : undefined;
    } catch (error) {
      // Between two looks it may have fetched another version.
      return errorMessage(error);
    }
  }
}
