/** The cert-manager webhook (library joeig/go-powerdns): REPLACE, and an empty list to clean up. */
import { it } from 'vitest';
import { createExampleZone, startAdmin } from '../../kit/admin/admin-fixture.ts';
import { expectReplay, SERVER } from '../../kit/admin/replay.ts';

const ZONE = `${SERVER}/zones/example.org.`;
const NAME = '_acme-challenge.example.org.';

function replace(...contents: string[]) {
  return {
    send: `PATCH ${ZONE}`,
    headers: { 'content-type': 'application/json' },
    body: {
      rrsets: [
        {
          name: NAME,
          type: 'TXT',
          ttl: 120,
          changetype: 'REPLACE',
          records: contents.map((content) => ({ content, disabled: false })),
        },
      ],
    },
    status: 204,
  };
}

function listed(...records: string[]) {
  return {
    send: `GET ${ZONE}?rrset_name=${NAME}&rrset_type=TXT`,
    status: 200,
    json: {
      rrsets: records.length === 0 ? [] : [{ records: records.map((content) => ({ content })) }],
    },
  };
}

it('presents a challenge beside another and cleans both up', async () => {
  const admin = await startAdmin();
  await createExampleZone(admin);
  await expectReplay(admin, {}, [
    listed(),
    replace('"one"'),
    listed('"one"'),
    replace('"one"', '"two"'),
    listed('"one"', '"two"'),
    replace('"two"'),
    replace(),
    listed(),
  ]);
});
