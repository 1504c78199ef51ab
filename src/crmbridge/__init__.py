"""crmbridge keeps one shared lead standard in HubSpot and Salesforce."""
