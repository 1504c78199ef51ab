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

console.log("ok");
