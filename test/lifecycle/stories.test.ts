/**
 * Transfers, periods, contacts and hosts as two registrars hear of them, compared whole with golden
 * files: run vitest with -u to write them anew, and read what has changed.
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import { peersMissing } from '../kit/peers.ts';
import { Conversation } from './conversation.ts';
import { tellObjects, tellPeriods, tellTransfers } from './stories.ts';

const STORIES = Object.entries({
  transfers: tellTransfers,
  periods: tellPeriods,
  objects: tellObjects,
});

async function hear(tell: (talk: Conversation) => Promise<void>): Promise<Conversation> {
  const talk = await Conversation.open(Date.UTC(2026, 3, 3, 22, 0, 0));
  onTestFinished(() => talk.close());
  await tell(talk);
  return talk;
}

describe('the story of', () => {
  it.each(STORIES)('%s is told as it always was', async (name, tell) => {
    const { text } = await hear(tell);
    await expect(text).toMatchFileSnapshot(`${name}.golden.xml`);
  });

  it.skipIf(peersMissing('xmllint')).each(STORIES)(
    '%s is valid for xmllint',
    async (_name, tell) => {
      const talk = await hear(tell);
      expect(() => talk.lint()).not.toThrow();
    },
  );
});
