/**
 * Plays what a client sends, request by request, to a real admin server, with exactly the headers
 * that the client sets: no HTTP library of ours adds an Accept or refuses a body on GET. Transcripts
 * are data in test/scenario/clients, written from the clients' sources.
 */
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { type AdminFixture, API_KEY } from './admin-fixture.ts';

type Headers = Readonly<Record<string, string>>;

/** One request and what the client needs of its answer. */
export interface Step {
  /** `GET /api/v1/servers` */
  send: string;
  /** Text as it is, all else as JSON. */
  body?: unknown;
  headers?: Headers;
  status: number;
  /** Headers that must be so; `undefined`: must not be there. */
  answers?: Readonly<Record<string, string | undefined>>;
  /** What the JSON must have at least. */
  json?: unknown;
  /** Looked for in the text. */
  text?: RegExp;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export const SERVER = '/api/v1/servers/localhost';

/** @param headers that the client sends each time, beside the key */
export async function expectReplay(
  admin: AdminFixture,
  headers: Headers,
  steps: readonly Step[],
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const label = `${index + 1}: ${step.send}`;
    const answer = await send(admin, step, { ...headers, ...step.headers });
    const { status, text: said } = answer;
    const shown = step.status === status ? undefined : said;
    expect({ label, status, shown }).toEqual({ label, status: step.status, shown: undefined });
    for (const [name, value] of Object.entries(step.answers ?? {})) {
      expect({ label, name, value: answer.headers[name] }).toEqual({ label, name, value });
    }
    if (step.json !== undefined) {
      expect({ label, json: JSON.parse(said) as unknown }).toMatchObject({
        label,
        json: step.json,
      });
    }
    if (step.text !== undefined) expect(said).toMatch(step.text);
  }
}

async function send(admin: AdminFixture, step: Step, headers: Headers): Promise<Answer> {
  const [method, path] = step.send.split(' ');
  const body = typeof step.body === 'string' ? step.body : JSON.stringify(step.body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sized: Headers =
    body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const sent = request(
    `${admin.url}${path}`,
    { method, headers: { 'X-API-Key': API_KEY, ...sized, ...headers } },
    (response) => {
      text(response).then(
        (said) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said }),
        reject,
      );
    },
  );
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

/** Zones that are fetched from primaries, for clients that make some: nothing is fetched. */
export const NO_PRIMARY_ANSWERS = {
  state: () => ({ lastCheck: 0, notifiedSerial: 0 }),
  notify: () => {},
  retrieve: () => true,
};
