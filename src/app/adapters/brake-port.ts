/** The admin API's brakes on removals, joined to what brings the register into its zones. */
import type { BrakePort, BrakeView } from '#http/api/registry/brake-routes.ts';
import type { DelegationPublisher } from './delegation-sink.ts';
import type { RemovalBrake } from './removal-brake.ts';

export class BrakeAdapter implements BrakePort {
  readonly #brake: RemovalBrake;
  readonly #publisher: DelegationPublisher;

  constructor(brake: RemovalBrake, publisher: DelegationPublisher) {
    this.#brake = brake;
    this.#publisher = publisher;
  }

  brakes(): BrakeView[] {
    const figures = new Map(this.#publisher.figures().map((lane) => [lane.tld, lane]));
    return this.#brake.held().map(({ tld, sinceMs }) => {
      return { tld, sinceMs, heldCount: figures.get(tld)?.heldCount ?? 0 };
    });
  }

  letGo(tld: string, order: 'release' | 'drop'): Promise<boolean> {
    return this.#publisher.letGo(tld, order);
  }
}
