import { expect, it } from 'vitest';
import { LoginLine } from '#registry/epp/login-line.ts';
import { RegistryError } from '#registry/model/result.ts';

/** A line, and logins that end when they are told to. */
function openLine(loginsWaitingMax = 100, loginsWaitingPerClientMax = 50) {
  const line = new LoginLine({ loginsWaitingMax, loginsWaitingPerClientMax });
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const logIn = (client: string): Promise<void> =>
    line.run(client, () => {
      begun.push(client);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      ends.push((error) => (error === undefined ? resolve() : reject(error)));
      return promise;
    });
  /** Ends the login that is worked out, and lets what follows from it happen. */
  const endOne = async (error?: Error): Promise<void> => {
    ends.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { logIn, begun, endOne };
}

it('works out one login at a time, clients in turn', async () => {
  const { logIn, begun, endOne } = openLine();
  const all = ['a', 'a', 'a', 'a', 'b', 'c', 'b'].map(logIn);
  expect(begun).toEqual(['a']);
  for (let count = 2; count <= 7; count++) {
    await endOne();
    expect(begun).toHaveLength(count);
  }
  await endOne();
  await Promise.all(all);
  expect(begun).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a']);
  const later = logIn('d');
  await endOne();
  await later;
});

it('goes on behind a login that fails, and nobody gets in before whose turn it is', async () => {
  const { logIn, begun, endOne } = openLine();
  const first = logIn('a').catch((error: unknown) => error);
  const second = logIn('b');
  const third = first.then(() => logIn('c'));
  await endOne(new Error('wrong'));
  expect(await first).toMatchObject({ message: 'wrong' });
  expect(begun).toEqual(['a', 'b']);
  await endOne();
  await second;
  await endOne();
  await third;
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('answers 2400 where too many of one client wait, or too many in all', async () => {
  const { logIn, endOne } = openLine(3, 2);
  const inLine = ['a', 'a', 'a'].map(logIn);
  const refused = expect.objectContaining({ result: 2400 });
  await expect(logIn('a')).rejects.toThrow(RegistryError);
  await expect(logIn('a')).rejects.toEqual(refused);
  inLine.push(logIn('b'));
  await expect(logIn('c')).rejects.toEqual(refused);
  await endOne();
  inLine.push(logIn('c'));
  for (let count = 0; count < 4; count++) await endOne();
  await Promise.all(inLine);
});
