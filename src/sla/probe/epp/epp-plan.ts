/**
 * Which EPP command a probe tests in which cycle: classes alternate, and so do the commands of each
 * class (biz-2013 5.7). Probes are at different places of the round, so that every cycle has tests
 * of each class where there are three probes or more.
 */
import type { ListenAddress } from '#net/listen-address.ts';
import { hashOf, placeInCycle, placeOf, type ServicePlan } from '../test-plan.ts';
import type { EppClass, EppCommand } from './epp-commands.ts';
import type { EppTester } from './epp-tester.ts';

const CLASSES: readonly EppClass[] = ['session', 'query', 'transform'];

export interface EppPlanOptions {
  probes: readonly string[];
  addresses: readonly ListenAddress[];
  /** What is tested of each class; a class without commands has no turn. */
  commands: Readonly<Record<EppClass, readonly EppCommand[]>>;
  cycleSeconds: number;
  tester: EppTester;
}

/** The command of a turn; turns count up by one from cycle to cycle. */
export function commandOf(
  turn: number,
  commands: EppPlanOptions['commands'],
): { group: EppClass; command: EppCommand } | undefined {
  const groups = CLASSES.filter((group) => commands[group].length > 0);
  const group = groups[turn % groups.length];
  if (group === undefined) return undefined;
  const command = commands[group][Math.floor(turn / groups.length) % commands[group].length];
  return command && { group, command };
}

/** The EPP tests of a vantage point: in a cycle, one by each probe. */
export function eppPlan(options: EppPlanOptions): ServicePlan {
  const { probes, addresses, commands, cycleSeconds, tester } = options;
  return {
    cycleSeconds,
    plan: (cycle) => {
      const runs = probes.flatMap((probe, index) => {
        const turn = cycle / cycleSeconds + (hashOf(probe) % 1000) + index;
        const server = addresses[hashOf(`address ${turn}`) % addresses.length];
        const chosen = commandOf(turn, commands);
        if (server === undefined || chosen === undefined) return [];
        const { group, command } = chosen;
        const { address } = server;
        return {
          subject: { service: 'epp' as const, probe, class: group, command, address },
          atMs: placeInCycle(cycle, cycleSeconds, placeOf(probe)),
          run: () => tester.test(server, command, group),
        };
      });
      return runs.sort((a, b) => a.atMs - b.atMs);
    },
  };
}
