/** One client of a door: makes changes one after the other, as plainly and as cheaply as it can. */
import { nameOctets } from '../kit/dns-query.ts';
import { UpdateSender } from '../kit/update-sender.ts';
import { ApiClient } from './api-client.ts';
import { BENCH_KEY, type ChangedServer } from './change-server.ts';

export const DOORS = ['update', 'update-tsig', 'http'] as const;
export type DoorKind = (typeof DOORS)[number];

export interface ChangePlace {
  zone: string;
  owner: string;
}

export interface ChangeDoor {
  /** Replaces the owner's TXT RRset by one record; false: the server failed, try again. */
  change(place: ChangePlace, value: string): Promise<boolean>;
  close(): void;
}

const TTL = 60;
const PTR_TO_ZONE = [0xc0, 12];
const SOA_IN = [0, 6, 0, 1];
/** TXT, class ANY, TTL 0, no data. */
const DELETE_TXT = [0, 16, 0, 255, 0, 0, 0, 0, 0, 0];
const ADD_TXT = [0, 16, 0, 1, 0, 0, 0, TTL];

/** Whether the server has such a door. */
export function hasDoor({ kind }: Pick<ChangedServer, 'kind'>, door: DoorKind): boolean {
  return door === 'http' ? kind !== 'bind' : kind !== 'pdns';
}

export async function openDoor(
  server: Pick<ChangedServer, 'api' | 'dnsPort'>,
  door: DoorKind,
): Promise<ChangeDoor> {
  return door === 'http' ? openHttp(server) : openUpdate(server, door === 'update-tsig');
}

function openHttp({ api }: Pick<ChangedServer, 'api'>): ChangeDoor {
  if (api === undefined) throw new Error('no API');
  const client = new ApiClient(api.url, api.key, 1);
  return {
    change: async ({ zone, owner }, value) => {
      const records = [{ content: `"${value}"`, disabled: false }];
      const rrset = { name: owner, type: 'TXT', ttl: TTL, changetype: 'REPLACE', records };
      const path = `/api/v1/servers/localhost/zones/${zone}`;
      const { status, text } = await client.call('PATCH', path, { rrsets: [rrset] });
      // PowerDNS fails now and then where SQLite finds its file locked.
      if (status !== 204 && status !== 500) throw new Error(`${status} ${text}`);
      return status === 204;
    },
    close: () => client.close(),
  };
}

async function openUpdate(
  { dnsPort: port }: Pick<ChangedServer, 'dnsPort'>,
  isSigned: boolean,
): Promise<ChangeDoor> {
  const key = isSigned ? { key: BENCH_KEY } : {};
  const sender = await UpdateSender.open({ port, transport: 'udp', ...key });
  let id = 0;
  return {
    change: async (place, value) => {
      id = (id + 1) & 0xffff;
      const rcode = await sender.send(writeReplacement(id, place, value));
      if (rcode !== 0) throw new Error(`an update was answered RCODE ${rcode}`);
      return true;
    },
    close: () => sender.close(),
  };
}

/** Delete the RRset, add the record; the zone's name is pointed to. */
function writeReplacement(id: number, { zone, owner }: ChangePlace, value: string): Uint8Array {
  const host = nameOctets(owner.slice(0, -zone.length)).slice(0, -1);
  const name = [...host, ...PTR_TO_ZONE];
  const head = [id >> 8, id & 0xff, 0x28, 0, 0, 1, 0, 0, 0, 2, 0, 0];
  const text = Buffer.from(value, 'latin1');
  return Buffer.from([
    ...head,
    ...nameOctets(zone),
    ...SOA_IN,
    ...name,
    ...DELETE_TXT,
    ...name,
    ...ADD_TXT,
    0,
    text.length + 1,
    text.length,
    ...text,
  ]);
}
