"""For authors of further connectors: what theirs must pass.

``portal`` says what a CRM must let a test do, ``connector_contract`` what every connector does.
Needs pytest and hypothesis, which crmbridge itself does not install.
"""
