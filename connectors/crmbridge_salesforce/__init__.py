"""Salesforce, the sales side: connector and simulator."""
