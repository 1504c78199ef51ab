"""The company properties of a fresh portal."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    Catalogue,
    OptionSet,
    read_catalogue,
    same_labels,
)
from crmbridge_hubspot.simulator.catalogue_contacts import (
    LEAD_STATUSES,
    LIFECYCLE_STAGES,
    SOURCES,
)

_INDUSTRIES = [
    "ACCOUNTING",
    "AIRLINES_AVIATION",
    "ALTERNATIVE_DISPUTE_RESOLUTION",
    "ALTERNATIVE_MEDICINE",
    "ANIMATION",
    "APPAREL_FASHION",
    "ARCHITECTURE_PLANNING",
    "ARTS_AND_CRAFTS",
    "AUTOMOTIVE",
    "AVIATION_AEROSPACE",
    "BANKING",
    "BIOTECHNOLOGY",
    "BROADCAST_MEDIA",
    "BUILDING_MATERIALS",
    "BUSINESS_SUPPLIES_AND_EQUIPMENT",
    "CAPITAL_MARKETS",
    "CHEMICALS",
    "CIVIC_SOCIAL_ORGANIZATION",
    "CIVIL_ENGINEERING",
    "COMMERCIAL_REAL_ESTATE",
    "COMPUTER_NETWORK_SECURITY",
    "COMPUTER_GAMES",
    "COMPUTER_HARDWARE",
    "COMPUTER_NETWORKING",
    "COMPUTER_SOFTWARE",
    "INTERNET",
    "CONSTRUCTION",
    "CONSUMER_ELECTRONICS",
    "CONSUMER_GOODS",
    "CONSUMER_SERVICES",
    "COSMETICS",
    "DAIRY",
    "DEFENSE_SPACE",
    "DESIGN",
    "EDUCATION_MANAGEMENT",
    "E_LEARNING",
    "ELECTRICAL_ELECTRONIC_MANUFACTURING",
    "ENTERTAINMENT",
    "ENVIRONMENTAL_SERVICES",
    "EVENTS_SERVICES",
    "EXECUTIVE_OFFICE",
    "FACILITIES_SERVICES",
    "FARMING",
    "FINANCIAL_SERVICES",
    "FINE_ART",
    "FISHERY",
    "FOOD_BEVERAGES",
    "FOOD_PRODUCTION",
    "FUND_RAISING",
    "FURNITURE",
    "GAMBLING_CASINOS",
    "GLASS_CERAMICS_CONCRETE",
    "GOVERNMENT_ADMINISTRATION",
    "GOVERNMENT_RELATIONS",
    "GRAPHIC_DESIGN",
    "HEALTH_WELLNESS_AND_FITNESS",
    "HIGHER_EDUCATION",
    "HOSPITAL_HEALTH_CARE",
    "HOSPITALITY",
    "HUMAN_RESOURCES",
    "IMPORT_AND_EXPORT",
    "INDIVIDUAL_FAMILY_SERVICES",
    "INDUSTRIAL_AUTOMATION",
    "INFORMATION_SERVICES",
    "INFORMATION_TECHNOLOGY_AND_SERVICES",
    "INSURANCE",
    "INTERNATIONAL_AFFAIRS",
    "INTERNATIONAL_TRADE_AND_DEVELOPMENT",
    "INVESTMENT_BANKING",
    "INVESTMENT_MANAGEMENT",
    "JUDICIARY",
    "LAW_ENFORCEMENT",
    "LAW_PRACTICE",
    "LEGAL_SERVICES",
    "LEGISLATIVE_OFFICE",
    "LEISURE_TRAVEL_TOURISM",
    "LIBRARIES",
    "LOGISTICS_AND_SUPPLY_CHAIN",
    "LUXURY_GOODS_JEWELRY",
    "MACHINERY",
    "MANAGEMENT_CONSULTING",
    "MARITIME",
    "MARKET_RESEARCH",
    "MARKETING_AND_ADVERTISING",
    "MECHANICAL_OR_INDUSTRIAL_ENGINEERING",
    "MEDIA_PRODUCTION",
    "MEDICAL_DEVICES",
    "MEDICAL_PRACTICE",
    "MENTAL_HEALTH_CARE",
    "MILITARY",
    "MINING_METALS",
    "MOTION_PICTURES_AND_FILM",
    "MUSEUMS_AND_INSTITUTIONS",
    "MUSIC",
    "NANOTECHNOLOGY",
    "NEWSPAPERS",
    "NON_PROFIT_ORGANIZATION_MANAGEMENT",
    "OIL_ENERGY",
    "ONLINE_MEDIA",
    "OUTSOURCING_OFFSHORING",
    "PACKAGE_FREIGHT_DELIVERY",
    "PACKAGING_AND_CONTAINERS",
    "PAPER_FOREST_PRODUCTS",
    "PERFORMING_ARTS",
    "PHARMACEUTICALS",
    "PHILANTHROPY",
    "PHOTOGRAPHY",
    "PLASTICS",
    "POLITICAL_ORGANIZATION",
    "PRIMARY_SECONDARY_EDUCATION",
    "PRINTING",
    "PROFESSIONAL_TRAINING_COACHING",
    "PROGRAM_DEVELOPMENT",
    "PUBLIC_POLICY",
    "PUBLIC_RELATIONS_AND_COMMUNICATIONS",
    "PUBLIC_SAFETY",
    "PUBLISHING",
    "RAILROAD_MANUFACTURE",
    "RANCHING",
    "REAL_ESTATE",
    "RECREATIONAL_FACILITIES_AND_SERVICES",
    "RELIGIOUS_INSTITUTIONS",
    "RENEWABLES_ENVIRONMENT",
    "RESEARCH",
    "RESTAURANTS",
    "RETAIL",
    "SECURITY_AND_INVESTIGATIONS",
    "SEMICONDUCTORS",
    "SHIPBUILDING",
    "SPORTING_GOODS",
    "SPORTS",
    "STAFFING_AND_RECRUITING",
    "SUPERMARKETS",
    "TELECOMMUNICATIONS",
    "TEXTILES",
    "THINK_TANKS",
    "TOBACCO",
    "TRANSLATION_AND_LOCALIZATION",
    "TRANSPORTATION_TRUCKING_RAILROAD",
    "UTILITIES",
    "VENTURE_CAPITAL_PRIVATE_EQUITY",
    "VETERINARY",
    "WAREHOUSING",
    "WHOLESALE",
    "WINE_AND_SPIRITS",
    "WIRELESS",
    "WRITING_AND_EDITING",
    "MOBILE_GAMES",
]

_OPTION_SETS: dict[str, OptionSet] = {
    "stage": LIFECYCLE_STAGES,
    "status": LEAD_STATUSES,
    "source": SOURCES,
    "industry": same_labels(*_INDUSTRIES),
    "type": same_labels("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"),
}

_TABLE = """
[companyinformation | Company information]
name                     string/text            form    Company name
domain                   string/text            form    Company domain name
website                  string/text            form    Website URL
description              string/textarea        -       Description
phone                    string/phonenumber     form    Phone number
address                  string/text            form    Street address
city                     string/text            form    City
state                    string/text            form    State/Region
zip                      string/text            form    Postal code
country                  string/text            form    Country/Region
industry                 enumeration/select     opt:industry,options    Industry
type                     enumeration/select     opt:type,options    Type
numberofemployees        number/number          form    Number of employees
annualrevenue            number/number          form    Annual revenue
founded_year             string/text            form    Year founded
is_public                bool/booleancheckbox   -       Is public
timezone                 string/text            form    Time zone
facebookfans             number/number          -       Facebook fans
hs_lead_status           enumeration/radio      opt:status,options    Lead status
lifecyclestage           enumeration/radio      opt:stage    Lifecycle stage
hubspot_owner_id         enumeration/select     external    Company owner
hubspot_owner_assigneddate datetime/date        ro      Owner assigned date
hs_analytics_source      enumeration/select     ro,opt:source    Original traffic source
createdate               datetime/date          ro      Create date
hs_lastmodifieddate      datetime/date          ro      Last modified date
hs_object_id             number/number          ro      Record ID
hs_object_source         string/text            ro      Record creation source
hs_object_source_id      string/text            ro      Record creation source ID
hs_object_source_label   enumeration/select     ro,external    Record source
hs_object_source_detail_1 string/text           ro      Record source detail 1
hs_object_source_user_id number/number          ro      Record creation source user ID
hs_merged_object_ids     enumeration/checkbox   ro,external    Merged record IDs
notes_last_contacted     datetime/date          ro      Last contacted
notes_last_updated       datetime/date          ro      Last activity date
num_notes                number/number          ro      Number of sales activities
"""

_CONNECTOR_TABLE = """
[salesforceinformation | Salesforce information]
salesforceaccountid      string/text            ro      Salesforce account ID
salesforcelastsynctime   datetime/date          ro      Last Salesforce sync time
"""


def company_catalogue(*, native_connector: bool) -> Catalogue:
    """Company properties; with the native Salesforce connector's traces if it is installed."""
    return read_catalogue(_TABLE + (_CONNECTOR_TABLE if native_connector else ""), _OPTION_SETS)
