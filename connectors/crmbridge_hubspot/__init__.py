"""HubSpot as the marketing side: connector and simulator."""
