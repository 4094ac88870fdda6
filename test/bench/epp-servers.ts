/**
 * A primary with a register and its secondary, as the measurement of EPP runs them: two processes
 * of the program, on free ports of loopback, with their data in one folder.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../kit/free-port.ts';
import { makeServerFolder, type ServerFolder, ServerProcess } from '../kit/server-process.ts';

const SECONDARY_ADDRESS = '127.0.0.2';
const ZONE = `$TTL 60
@ IN SOA ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300
@ IN NS ns1.example.net.
@ IN NS ns2.example.net.
`;

export interface EppServers {
  primary: ServerProcess;
  secondary: ServerProcess;
  eppPort: number;
  /** Folder of the primary's data, with the files of the registrar to try things with. */
  data: string;
  stop(): Promise<void>;
}

/** Where a primary will lie, so that its store can be filled before it starts. */
export async function makePrimaryFolder(
  folder: string,
): Promise<{ place: ServerFolder; eppPort: number }> {
  const eppPort = await freePort();
  const epp = `epp: { listen: "127.0.0.1:${eppPort}", tlds: [tld.], demoRegistrar: demo-rar }\n`;
  const place = await makeServerFolder(folder, epp);
  await writeFile(join(place.zones, 'tld.zone'), ZONE);
  return { place, eppPort };
}

/** Resolves when both are ready. */
export async function startEppServers(folder: string): Promise<EppServers> {
  const { place, eppPort } = await makePrimaryFolder(join(folder, 'primary'));
  const second = await makeServerFolder(await made(join(folder, 'secondary')));
  const target = `${SECONDARY_ADDRESS}:${second.dnsPort}`;
  await editFile(place.config, (text) =>
    text.replace(
      'threads: 1',
      `threads: 1\n  transfer: { allow: ["${SECONDARY_ADDRESS}"], notify: ["${target}"] }\n` +
        '  catalog: catalog.holdfast.',
    ),
  );
  const primaries =
    `[{ address: "127.0.0.1:${place.dnsPort}", source: ${SECONDARY_ADDRESS}, ` +
    'catalog: catalog.holdfast. }]';
  await editFile(second.config, (text) =>
    text
      .replace(/listen: \["127.0.0.1/, `listen: ["${SECONDARY_ADDRESS}`)
      .replace('  zones: ./zones\n', `  role: secondary\n  primaries: ${primaries}\n`),
  );
  const ends: (() => Promise<void>)[] = [];
  const atEnd = (end: () => Promise<void>): void => void ends.push(end);
  const primary = await ServerProcess.start(place, atEnd);
  const secondary = await ServerProcess.start(second, atEnd);
  return {
    primary,
    secondary,
    eppPort,
    data: place.data,
    stop: async () => {
      for (const end of ends.reverse()) await end();
    },
  };
}

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}

async function editFile(path: string, edit: (text: string) => string): Promise<void> {
  await writeFile(path, edit(await readFile(path, 'utf8')));
}
