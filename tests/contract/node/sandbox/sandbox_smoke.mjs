// jsforce and HubSpot's own client, unmodified, over what `crmbridge sandbox --json` printed.
import assert from "node:assert/strict";
import jsforce from "jsforce";
import { Client } from "@hubspot/api-client";

const told = JSON.parse(process.env.SANDBOX);

const org = new jsforce.Connection({
  instanceUrl: told.salesforce.base_url,
  accessToken: told.salesforce.access_token,
  version: "60.0",
});
const leads = await org.query("SELECT Id, Email, Status FROM Lead ORDER BY Id LIMIT 3");
assert.ok(leads.totalSize > 0);
const made = await org.sobject("Lead").create({ LastName: "Sandbox", Company: "Node" });
assert.equal(made.success, true);
const read = await org.sobject("Lead").retrieve(made.id);
assert.equal(read.LastName, "Sandbox");

const portal = new Client({
  accessToken: told.hubspot.token,
  basePath: told.hubspot.base_url,
});
const page = await portal.crm.contacts.basicApi.getPage(5, undefined, ["email"]);
assert.ok(page.results.length > 0);
const contact = await portal.crm.contacts.basicApi.create({
  properties: { email: "node@sandbox.example", lastname: "Node" },
  associations: [],
});
const again = await portal.crm.contacts.basicApi.getById(contact.id, ["lastname"]);
assert.equal(again.properties.lastname, "Node");

const { contacts, companies, lists, properties, owners, associations } = portal.crm;
await contacts.basicApi.update(contact.id, { properties: { jobtitle: "CTO" } });
const seen = [];
let after;
do {
  const found = await contacts.searchApi.doSearch({
    sorts: ["hs_object_id"],
    properties: ["email"],
    limit: 2,
    after,
  });
  seen.push(...found.results.map((one) => one.id));
  after = found.paging?.next?.after;
} while (after && seen.length < 6);
assert.equal(new Set(seen).size, seen.length);
assert.ok(seen.length > 2);

const partial = await contacts.batchApi.update({
  inputs: [contact.id, "9"].map((id) => ({ id, properties: { city: "Bonn" } })),
});
assert.equal(partial.numErrors, 1);
assert.deepEqual(partial.errors[0].context.ids, ["9"]);
const upserted = await contacts.batchApi.upsert({
  inputs: [{ id: "node@sandbox.example", idProperty: "email", properties: { city: "Rome" } }],
});
assert.equal(upserted.results[0].id, contact.id);

const { list } = await lists.listsApi.create({
  name: "Node's own",
  objectTypeId: "0-1",
  processingType: "MANUAL",
});
await lists.membershipsApi.add(list.listId, [contact.id]);
const members = await lists.membershipsApi.getPage(list.listId);
assert.deepEqual(members.results.map((one) => one.recordId), [contact.id]);

const named = await properties.coreApi.getByName("contacts", "email");
assert.equal(named.name, "email");
assert.ok(Array.isArray((await owners.ownersApi.getPage()).results));
const company = await companies.basicApi.create({
  properties: { name: "Node" },
  associations: [],
});
const v4 = associations.v4.basicApi;
await v4.createDefault("contacts", contact.id, "companies", company.id);
const linked = await v4.getPage("contacts", contact.id, "companies");
assert.ok(linked.results.some((one) => String(one.toObjectId) === company.id));
await contacts.basicApi.archive(contact.id);
await assert.rejects(contacts.basicApi.getById(contact.id), (error) => error.code === 404);

console.log("ok");
