/**
 * `holdfast check answer`: one real SOA query over UDP, and status 0 only for an authoritative
 * answer that holds a record. What a container's health check or a monitor runs. The message is put
 * together here, in a few octets (RFC 1035 section 4.1), so that the check stands on nothing that
 * it checks.
 */
import { createSocket } from 'node:dgram';
import type { Command } from 'commander';
import { CodedError, errorMessage, UsageError } from '#base/coded-error.ts';
import { parseName, ROOT } from '#dns/wire/name.ts';
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from '#net/listen-address.ts';
import type { CliContext } from './cli-context.ts';
import { groupCommand } from './group-command.ts';

const HEADER_SIZE = 12;
const TYPE_SOA = 6;
const CLASS_IN = 1;
const FLAGS_QR_AA = 0x8400;
const RCODE_MASK = 0x000f;
const RCODE_REFUSED = 5;
const TIMEOUT_DEFAULT_MS = 2_000;

/** No answer, or not the one that a name server of the zone gives. */
class AnswerError extends CodedError {
  constructor(message: string) {
    super('ANSWER_BAD', message);
  }
}

interface Options {
  server: string;
  name: string;
  timeout: string;
}

export function registerCheckAnswer(program: Command, { stdout, random }: CliContext): void {
  groupCommand(program, 'check', 'Say every error, change nothing')
    .command('answer')
    .description('Ask a name server for a SOA record over UDP')
    .option('--server <address:port>', 'name server', '127.0.0.1:5300')
    .requiredOption('--name <zone>', 'name of a zone that it serves')
    .option('--timeout <ms>', 'how long to wait, milliseconds', String(TIMEOUT_DEFAULT_MS))
    .action(async ({ server, name, timeout }: Options) => {
      const timeoutMs = Number(timeout);
      if (!Number.isInteger(timeoutMs) || timeoutMs < 1) {
        throw new UsageError(`--timeout ${timeout}: write whole milliseconds`);
      }
      const { address, query } = readTarget(server, name, random.below(0x1_0000));
      const answer = await exchange(address, query, timeoutMs);
      const fault = faultOf(query, answer);
      if (fault !== undefined) throw new AnswerError(`${server}: ${name}: ${fault}`);
      stdout.write(`${server}: ${name}: ok\n`);
    });
}

function readTarget(server: string, name: string, id: number) {
  try {
    const address = parseListenAddress(server);
    const owner = parseName(name, ROOT);
    const query = Buffer.alloc(HEADER_SIZE + owner.length + 4);
    query.writeUInt16BE(id, 0);
    query.writeUInt16BE(1, 4);
    query.set(owner, HEADER_SIZE);
    query.writeUInt16BE(TYPE_SOA, HEADER_SIZE + owner.length);
    query.writeUInt16BE(CLASS_IN, HEADER_SIZE + owner.length + 2);
    return { address, query };
  } catch (error) {
    throw new UsageError(errorMessage(error), { cause: error });
  }
}

/** The first datagram that comes back from the server. */
async function exchange(to: ListenAddress, query: Buffer, timeoutMs: number): Promise<Buffer> {
  const answered = Promise.withResolvers<Buffer>();
  const fail = (reason: string): void => {
    answered.reject(new AnswerError(`${formatListenAddress(to)}: ${reason}; is it running there?`));
  };
  const socket = createSocket(to.family === 4 ? 'udp4' : 'udp6');
  const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
  socket.on('error', (error) => fail(errorMessage(error)));
  socket.on('message', answered.resolve);
  socket.connect(to.port, to.address, () => socket.send(query));
  try {
    return await answered.promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

/** What is wrong with the answer, or `undefined`. */
function faultOf(query: Buffer, answer: Buffer): string | undefined {
  if (answer.length < HEADER_SIZE || answer.readUInt16BE(0) !== query.readUInt16BE(0)) {
    return 'the answer is not to this question';
  }
  const flags = answer.readUInt16BE(2);
  const rcode = flags & RCODE_MASK;
  if (rcode === RCODE_REFUSED) return 'answered REFUSED: it does not serve this zone';
  if (rcode !== 0) return `answered with RCODE ${rcode}`;
  if ((flags & FLAGS_QR_AA) !== FLAGS_QR_AA) return 'the answer is not authoritative';
  return answer.readUInt16BE(6) === 0 ? 'the answer holds no record' : undefined;
}
