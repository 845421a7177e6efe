// Drives a mock through every method of the npm client losant-rest: node npm_client.mjs URL (with node_modules beside the working folder).
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const losant = createRequire(`${process.cwd()}/`)('losant-rest');
const client = losant.createClient({ accessToken: 'any', url: process.argv[2] });
const applicationId = '575ec8687ae143cd83dc4a97';

const made = await client.experienceGroups.post({ applicationId, experienceGroup: { name: 'from npm' } });
const experienceGroupId = made.experienceGroupId;
assert.equal(made.name, 'from npm');
const listed = await client.experienceGroups.get({ applicationId, sortField: 'name', filterField: 'name', filter: 'from*' });
assert.deepEqual([listed.count, listed.items[0].experienceGroupId], [1, experienceGroupId]);
const changed = await client.experienceGroup.patch({ applicationId, experienceGroupId, experienceGroup: { name: 'renamed' } });
assert.equal(changed.name, 'renamed');
assert.equal((await client.experienceGroup.get({ applicationId, experienceGroupId })).name, 'renamed');
await client.experienceGroup.delete({ applicationId, experienceGroupId });
await assert.rejects(client.experienceGroup.get({ applicationId, experienceGroupId }), { statusCode: 404, type: 'NotFound' });
console.log('every method');
