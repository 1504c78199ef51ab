"""When an org's people work: business hours and holidays. Salesforce contract §12.

Which holidays belong to which business hours no REST query tells, so no field here does.
"""

from __future__ import annotations

from typing import Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.schema import SObject

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIXED: dict[str, Any] = {"createable": False, "updateable": False, "deletable": False}


def business_hours() -> SObject:
    """Hours of each day in a zone; both ends at midnight are a whole day, none a day off."""
    ends = [
        f.clock_time(f"{day}{end}Time", f"{day} {end}", **f.READ_ONLY)
        for day in DAYS
        for end in ("Start", "End")
    ]
    fields = [
        f.record_id("Business Hours ID"),
        f.text("Name", "Business Hours Name", 80, name_field=True, **f.READ_ONLY),
        f.boolean("IsActive", "Active", **f.READ_ONLY),
        f.boolean("IsDefault", "Default Business Hours", **f.READ_ONLY),
        f.picklist("TimeZoneSidKey", "Time Zone", length=40, **f.READ_ONLY),
        *ends,
        *f.audit(),
    ]
    return f.make("BusinessHours", "Business Hours", "Business Hours", "01m", fields, **_FIXED)


def holiday() -> SObject:
    """Single days off, and days that come again by a rule."""
    fields = [
        f.record_id("Holiday ID"),
        f.text("Name", "Holiday Name", 80, name_field=True, **f.READ_ONLY),
        f.day("ActivityDate", "Date", **f.READ_ONLY),
        f.boolean("IsAllDay", "All Day", default=True, **f.READ_ONLY),
        f.integer("StartTimeInMinutes", "Start Time In Minutes", **f.READ_ONLY),
        f.integer("EndTimeInMinutes", "End Time In Minutes", **f.READ_ONLY),
        f.boolean("IsRecurrence", "Recurring Holiday", **f.READ_ONLY),
        f.picklist("RecurrenceType", "Recurrence Type", length=40, **f.READ_ONLY),
        f.integer("RecurrenceInterval", "Recurrence Interval", **f.READ_ONLY),
        f.integer("RecurrenceDayOfWeekMask", "Recurrence Day of Week Mask", **f.READ_ONLY),
        f.integer("RecurrenceDayOfMonth", "Recurrence Day of Month", **f.READ_ONLY),
        f.picklist("RecurrenceInstance", "Recurrence Instance", length=40, **f.READ_ONLY),
        f.picklist("RecurrenceMonthOfYear", "Recurrence Month of Year", length=40, **f.READ_ONLY),
        f.day("RecurrenceStartDate", "Recurrence Start", **f.READ_ONLY),
        f.day("RecurrenceEndDateOnly", "Recurrence End", **f.READ_ONLY),
        *f.audit(),
    ]
    return f.make("Holiday", "Holiday", "Holidays", "0C0", fields, **_FIXED)
