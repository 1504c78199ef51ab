// Drives the simulator through the unmodified @hubspot/api-client.
import assert from 'node:assert/strict';
import { Client } from '@hubspot/api-client';

const hubspot = new Client({
  accessToken: process.env.HUBSPOT_TOKEN,
  basePath: process.env.HUBSPOT_URL,
  numberOfApiCallRetries: 0,
});
const contacts = hubspot.crm.contacts;

const created = await contacts.basicApi.create({
  properties: { email: 'ada@example.com', firstname: 'Ada' },
  associations: [],
});
assert.equal(created.properties.email, 'ada@example.com');
assert.ok(created.createdAt instanceof Date);

await contacts.basicApi.update(created.id, { properties: { jobtitle: 'CTO' } });
const read = await contacts.basicApi.getById(created.id, ['jobtitle'], ['jobtitle']);
assert.equal(read.properties.jobtitle, 'CTO');
assert.equal(read.propertiesWithHistory.jobtitle[0].value, 'CTO');

await assert.rejects(
  contacts.basicApi.create({ properties: { email: 'ada@example.com' }, associations: [] }),
  (error) => error.code === 409 && /Existing ID: \d+/.test(error.body.message),
);

const batch = await contacts.batchApi.create({
  inputs: Array.from({ length: 25 }, (_, n) => ({
    properties: { email: `p${n}@example.com` },
    associations: [],
  })),
});
assert.equal(batch.results.length, 25);

const seen = new Set();
let after;
do {
  const page = await contacts.searchApi.doSearch({
    filterGroups: [
      { filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: '0' }] },
    ],
    sorts: ['lastmodifieddate'],
    properties: ['email'],
    limit: 10,
    after,
  });
  page.results.forEach((one) => seen.add(one.id));
  after = page.paging?.next?.after;
} while (after);
assert.equal(seen.size, 26);

const all = await contacts.getAll(100, undefined, ['email']);
assert.equal(all.length, 26);

const upserted = await contacts.batchApi.upsert({
  inputs: [
    { id: 'ada@example.com', idProperty: 'email', properties: { city: 'London' } },
    { id: 'new@example.com', idProperty: 'email', properties: { city: 'Bonn' } },
  ],
});
assert.deepEqual(upserted.results.map((one) => one._new ?? one.new).sort(), [false, true]);

const partial = await contacts.batchApi.read({
  inputs: [{ id: created.id }, { id: '9' }],
  properties: ['email'],
  propertiesWithHistory: [],
});
assert.equal(partial.numErrors, 1);

const list = (
  await hubspot.crm.lists.listsApi.create({
    name: 'Nurture: timing',
    objectTypeId: '0-1',
    processingType: 'MANUAL',
  })
).list;
const change = await hubspot.crm.lists.membershipsApi.add(list.listId, [created.id, '9']);
assert.deepEqual(change.recordsIdsAdded, [created.id]);
const members = await hubspot.crm.lists.membershipsApi.getPage(list.listId);
assert.equal(members.results[0].recordId, created.id);

const property = await hubspot.crm.properties.coreApi.create('contacts', {
  name: 'fit_score',
  label: 'Fit score',
  groupName: 'contactinformation',
  type: 'number',
  fieldType: 'number',
});
assert.equal(property.name, 'fit_score');

const owners = await hubspot.crm.owners.ownersApi.getPage();
assert.equal(owners.results[0].email, 'rep@example.com');

const company = await hubspot.crm.companies.basicApi.create({
  properties: { name: 'Acme' },
  associations: [],
});
await hubspot.crm.associations.v4.basicApi.createDefault(
  'contacts',
  created.id,
  'companies',
  company.id,
);
const linked = await hubspot.crm.associations.v4.basicApi.getPage(
  'contacts',
  created.id,
  'companies',
);
assert.equal(String(linked.results[0].toObjectId), company.id);

const label = (
  await hubspot.crm.associations.v4.schema.definitionsApi.create('contacts', 'companies', {
    name: 'adviser',
    label: 'Advises',
    inverseLabel: 'Advised by',
  })
).results[0];
assert.equal(label.category, 'USER_DEFINED');

const schema = await hubspot.crm.schemas.coreApi.create({
  name: 'car',
  labels: { singular: 'Car', plural: 'Cars' },
  properties: [{ name: 'plate', label: 'Plate', type: 'string', fieldType: 'text' }],
  requiredProperties: ['plate'],
  associatedObjects: ['CONTACT'],
});
const car = await hubspot.crm.objects.basicApi.create(schema.objectTypeId, {
  properties: { plate: 'B-A 1' },
  associations: [],
});
assert.equal(car.properties.plate, 'B-A 1');

const folder = (await hubspot.crm.lists.foldersApi.create({ name: 'Nurture' })).folder;
await hubspot.crm.lists.foldersApi.moveList({
  listId: list.listId,
  newFolderId: String(folder.id),
});

const kinds = await hubspot.communicationPreferences.definitionApi.getPage();
const status = await hubspot.communicationPreferences.statusApi.subscribe({
  emailAddress: 'ada@example.com',
  subscriptionId: kinds.subscriptionDefinitions[0].id,
  legalBasis: 'CONSENT_WITH_NOTICE',
  legalBasisExplanation: 'asked for it',
});
assert.equal(status.status, 'SUBSCRIBED');

await contacts.basicApi.archive(created.id);
await assert.rejects(contacts.basicApi.getById(created.id), (error) => error.code === 404);

console.log('ok');
