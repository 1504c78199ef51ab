"""Salesforce as the sales side: connector and simulator."""
