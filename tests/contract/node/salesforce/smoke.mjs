// Drives the simulator through the unmodified jsforce client.
import assert from 'node:assert/strict';
import jsforce from 'jsforce';

const loginUrl = process.env.SALESFORCE_URL;
const connection = new jsforce.Connection({
  loginUrl,
  instanceUrl: loginUrl,
  version: '67.0',
  maxRequest: 5,
  oauth2: {
    loginUrl,
    clientId: process.env.SALESFORCE_KEY,
    clientSecret: process.env.SALESFORCE_SECRET,
  },
});

const user = await connection.authorize({ grant_type: 'client_credentials' });
assert.ok(user.organizationId.startsWith(process.env.SALESFORCE_ORG));
assert.equal(connection.instanceUrl, loginUrl);
const identity = await connection.identity();
assert.equal(identity.display_name, 'crmbridge Integration');
assert.equal((await connection.limits()).DailyApiRequests.Max, 5000000);

// One record's life.
const lead = await connection.sobject('Lead').create({
  LastName: 'Doe',
  Company: 'Acme',
  Email: 'jo@example.com',
});
assert.equal(lead.success, true);
await connection.sobject('Lead').update({ Id: lead.id, Title: 'Boss' });
const read = await connection.sobject('Lead').retrieve(lead.id);
assert.equal(read.Title, 'Boss');
const upserted = await connection
  .sobject('Lead')
  .upsert({ Email: 'jo@example.com', Title: 'Chief' }, 'Email');
assert.equal(upserted.success, true);
assert.equal(upserted.created, false);
await assert.rejects(
  connection.sobject('Lead').create({ LastName: 'Doe' }),
  (error) => error.errorCode === 'REQUIRED_FIELD_MISSING',
);

// Collections, also more than fit into one call.
const names = Array.from({ length: 450 }, (_, number) => ({ Name: `A${number}` }));
const made = await connection.sobject('Account').create(names, { allowRecursive: true });
assert.equal(made.length, 450);
assert.ok(made.every((row) => row.success));
const changed = await connection
  .sobject('Account')
  .update(made.slice(0, 200).map((row) => ({ Id: row.id, Site: 'x' })));
assert.ok(changed.every((row) => row.success));

// Paging to the end.
const accounts = await connection.query('SELECT Id, Name FROM Account ORDER BY Id', {
  autoFetch: true,
  maxFetch: 1000,
  headers: { 'Sforce-Query-Options': 'batchSize=200' },
});
assert.equal(accounts.totalSize, 450);
assert.equal(accounts.records.length, 450);
assert.equal(accounts.done, true);
await assert.rejects(
  connection.query('SELECT Nope FROM Account'),
  (error) => error.errorCode === 'INVALID_FIELD',
);
const found = await connection
  .sobject('Account')
  .find({ Site: 'x', Name: { $like: 'A1%' } }, ['Id', 'Name'])
  .sort({ Name: 1 })
  .limit(3);
assert.equal(found.length, 3);

// A composite series.
const root = '/services/data/v67.0';
const series = await connection.request({
  method: 'POST',
  url: `${root}/composite`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    allOrNone: true,
    compositeRequest: [
      {
        method: 'POST',
        url: `${root}/sobjects/Contact`,
        referenceId: 'who',
        body: { LastName: 'Roe' },
      },
      {
        method: 'POST',
        url: `${root}/sobjects/Task`,
        referenceId: 'task',
        body: { Subject: 'Call', WhoId: '@{who.id}' },
      },
    ],
  }),
});
assert.deepEqual(
  series.compositeResponse.map((each) => each.httpStatusCode),
  [201, 201],
);

// Bulk API 2.0 in and out.
connection.bulk2.pollInterval = 10;
const loaded = await connection.bulk2.loadAndWaitForResults({
  object: 'Campaign',
  operation: 'insert',
  input: [{ Name: 'Spring, "early"' }, { Name: 'Autumn' }, { Name: '#N/A' }],
});
assert.equal(loaded.successfulResults.length, 2);
assert.equal(loaded.successfulResults[0].sf__Created, 'true');
assert.equal(loaded.failedResults.length, 1);
assert.match(loaded.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:.*:Name --$/);
assert.equal(loaded.unprocessedRecords.length, 0);
const stream = await connection.bulk2.query('SELECT Id, Name FROM Campaign ORDER BY Name', {
  pollInterval: 10,
});
const campaigns = await stream.toArray();
assert.deepEqual(
  campaigns.map((row) => row.Name),
  ['Autumn', 'Spring, "early"'],
);

const described = await connection.sobject('Lead').describe();
assert.ok(described.fields.some((field) => field.name === 'SystemModstamp'));
const all = await connection.describeGlobal();
assert.ok(all.sobjects.some((each) => each.name === 'Task'));

await connection.sobject('Lead').destroy(lead.id);
const deleted = await connection.query('SELECT Id FROM Lead', { scanAll: true });
assert.equal(deleted.records[0].Id, lead.id);

console.log('ok');
