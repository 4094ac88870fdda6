// The clients that people have, against a running `holdfast rdds`.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openClock } from '#base/clock.ts';
import { peersMissing } from '../../kit/peers.ts';
import { openFilledRegister } from '../../kit/rdds/followed-register.ts';
import { makeRddsFolder, startRddsProcess } from '../../kit/rdds/rdds-process.ts';
import { openRegisterDoor } from '../../kit/rdds/register-door.ts';
import { temporaryFolder } from '../../kit/temporary-folder.ts';

const run = promisify(execFile);

async function curl(...args: string[]): Promise<string> {
  return (await run('curl', ['-s', '-i', '--max-time', '10', ...args])).stdout;
}

describe.skipIf(peersMissing('whois', 'curl'))('whois and curl', () => {
  it('read a name over WHOIS, RDAP with and without TLS, and the page', async () => {
    const clock = openClock({ kind: 'system' });
    const door = await openRegisterDoor(await openFilledRegister(clock), clock);
    const place = await makeRddsFolder(await temporaryFolder(), door.url);
    await startRddsProcess(place);
    const whois = async (...query: string[]): Promise<string> => {
      const server = ['-h', '127.0.0.1', '-p', String(place.whoisPort)];
      const { stdout } = await run('whois', [...server, ...query]).catch(
        (error: unknown) => error as { stdout: string },
      );
      return stdout;
    };
    const text = await whois('example.tld');
    expect(text).toMatch(/^Domain Name: example\.tld\r?$/m);
    expect(text).toMatch(/^>>> Last update of WHOIS database: 2\S+Z <<<\r?$/m);
    expect(await whois('bücher.tld')).toContain('Domain Name: xn--bcher-kva.tld');
    expect(await whois('nameserver ns1.example.tld')).toContain('IP Address: 2001:db8::1');
    expect(await whois('nothing.tld')).toContain('No match for "nothing.tld".');
    const rdap = await curl(`${place.url}/rdap/domain/example.tld`);
    expect(rdap).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(rdap).toMatch(/^access-control-allow-origin: \*\r$/m);
    const secure = await curl('-k', '--http1.1', `${place.secureUrl}/rdap/domain/example.tld`);
    expect(secure).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(secure).toContain(`"href":"${place.secureUrl}/rdap/domain/example.tld"`);
    expect(await curl('-I', `${place.url}/rdap/domain/nothing.tld`)).toMatch(/^HTTP\/1\.1 404 /);
    const page = await curl(`${place.url}/whois?query=example.tld`);
    expect(page).toContain('<td>Example Registrar, Inc.</td>');
    expect(await curl(`${place.url}/style.css`)).toMatch(/^content-type: text\/css/m);
    const health = await curl(`${place.url}/healthz`);
    expect(health).toContain('"status":"healthy"');
    const events = await curl(`${place.url}/api/holdfast/v1/events`);
    expect(events).toMatch(/"kind":"replica-lag","at":"[^"]+","lagMs":\d+/);
  }, 30_000);
});
