"""The rule book on one page, for people who sign it: Markdown, and HTML made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from crmbridge.core.rules import Rules
from crmbridge.core.sla_rules import Tier

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%;display:block;"
    "overflow-x:auto}th,td{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;"
    "vertical-align:top}th{background:#f3f3f3}h1{font-size:1.6rem}h2{font-size:1.2rem;"
    "margin-top:2rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}"
    "th{background:#2a2a2a}th,td{border-color:#444}}"
)


def to_markdown(rules: Rules, now: datetime) -> str:
    """One page that says in words and tables what the rule book does."""
    return "\n".join(_page(rules, now)) + "\n"


def to_html(rules: Rules, now: datetime) -> str:
    """The same page as one HTML file without scripts or anything from elsewhere."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(to_markdown(rules, now))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Lead standard {_escaped(rules.version)}</title><style>{_STYLE}</style></head>"
        f"<body>\n{body}</body></html>\n"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _page(rules: Rules, now: datetime) -> Iterator[str]:
    yield f"# Lead standard {_cell(rules.version)}"
    yield ""
    reason = rules.why_shadow(now)
    yield f"**Not in force:** {_cell(reason)}." if reason else "**In force.**"
    yield ""
    for department in ("marketing", "sales"):
        approval = rules.approvals.get(department)
        signed = "not signed"
        if approval is not None:
            valid = "" if approval.digest == rules.digest else ", before the last change"
            signed = f"signed by {_cell(approval.name)} on {approval.on}{valid}"
        yield f"- {department.capitalize()}: {signed}"
    yield f"- In force from {rules.in_force_from:%Y-%m-%d}; content `{rules.digest[:12]}`"
    yield from _qualified(rules)
    yield from _fit(rules)
    yield from _signals(rules)
    yield from _promise(rules)
    yield from _letting_go(rules)
    yield from _commitment(rules)
    yield from _limits(rules)


def _cell(text: object) -> str:
    """Text that stays text in a Markdown table."""
    plain = " ".join(str(text).split())
    return "".join(f"\\{char}" if char in "\\`*_{}[]<>#|!" else char for char in plain)


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    names = list(head)
    yield ""
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"


def _qualified(rules: Rules) -> Iterator[str]:
    mql, hands = rules.mql, [s.name for s in rules.score.signals.values() if s.hand_raise]
    yield "\n## When somebody is qualified (MQL)\n"
    yield f"1. A score of at least **{mql.score}** with a fit of at least **{mql.fit:g}**; or"
    yield (
        f"2. they ask for sales ({_cell(_names(hands))}) with a fit of at least {mql.fit:g}; "
        f"the wish stays good for {_days(mql.hand_raise_holds)}; or"
    )
    yield (
        f"3. a deal worth at least {mql.big_deal_value:,.0f} {rules.commitment.currency} "
        f"with fit grade {_cell(mql.big_deal_grade)}."
    )
    yield (
        f"\nScore = fit (at most {rules.score.fit.cap:g}) + engagement (at most "
        f"{rules.score.engagement_cap:g}) + signals (at most {rules.score.signal_cap:g})."
    )


def _fit(rules: Rules) -> Iterator[str]:
    fit = rules.score.fit
    yield "\n## Who fits"
    rows: list[tuple[str, str, float]] = []
    rows += [("industry", name, points) for name, points in fit.industries.items()]
    rows += [
        (
            "employees",
            f"{b.least}-{b.most}" if b.most is not None else f"{b.least} and more",
            b.points,
        )
        for b in fit.employees
    ]
    rows += [
        ("seniority", level.replace("_", " "), points) for level, points in fit.seniorities.items()
    ]
    rows += [("country", name, points) for name, points in fit.countries.items()]
    rows += [("other", each.label, each.points) for each in fit.criteria]
    rows.append(("mailbox", "private", fit.free_mail_points))
    grouped: dict[tuple[str, float], list[str]] = {}
    for what, name, points in rows:
        grouped.setdefault((what, points), []).append(name)
    yield from _table(
        ("trait", "value", "points"),
        ((what, _names(names), f"{points:+g}") for (what, points), names in grouped.items()),
    )
    yield (
        "\nGrades: "
        + ", ".join(f"{_cell(letter)} from {least:g}" for letter, least in fit.grades)
        + f", else {_cell(rules.score.lowest_fit_grade)}."
    )


def _signals(rules: Rules) -> Iterator[str]:
    yield "\n## What interest is worth"
    yield from _table(
        ("signal", "points", "half of it is left after", "asks for sales"),
        (
            (
                signal.name.replace("_", " "),
                f"{signal.points:g}",
                _days(signal.half_life),
                "yes" if signal.hand_raise else "",
            )
            for signal in rules.score.signals.values()
        ),
    )
    lift = rules.score.lift
    yield (
        f"\nOf each kind {rules.score.daily_limit} a day count. The best fit of a company gets "
        f"{lift.points:g} points where at least {lift.least_others} others were active within "
        f"{_days(lift.active)}."
    )


def _promise(rules: Rules) -> Iterator[str]:
    sla = rules.sla
    yield "\n## What sales promises"
    yield from _table(
        ("who", "first touch within", "counted in"),
        (
            ("asks for sales, or a big deal", _duration(sla.fast_tier), sla.fast_tier.clock),
            ("everybody else", _duration(sla.tier), sla.tier.clock),
        ),
    )
    yield (
        f"\nThe owner is reminded after {sla.ladder.warn_at:.0%} of the time, owner and manager "
        f"when it is over, the manager again after {sla.ladder.remind_after} workdays. "
        f"{sla.attempts} touches within {_days(sla.attempts_within)}; a decision within "
        f"{sla.disposition_workdays} workdays."
    )
    yield from _table(
        ("calendar", "zone", "off-days", "known until"),
        (
            (name, calendar.zone.key, len(calendar.off_days), calendar.ends_on)
            for name, calendar in sla.calendars.items()
        ),
    )


def _letting_go(rules: Rules) -> Iterator[str]:
    recycling = rules.recycling
    yield "\n## What a reason to let go means"
    yield from _table(
        ("reason", "what happens", "waits"),
        (
            (
                reason.name,
                "final"
                if reason.terminal
                else f"{recycling.tracks[reason.track or ''].list_name}: "
                f"{recycling.tracks[reason.track or ''].content}",
                ""
                if reason.cooldown is None
                else _days(reason.cooldown)
                + (" or the rep's date" if reason.until_resume_date else ""),
            )
            for reason in recycling.reasons.values()
        ),
    )
    yield (
        f"\nWorked, but silent for {_days(recycling.idle_after)}: {_cell(recycling.idle_reason)}. "
        f"From recycle {recycling.longterm_from} on "
        f"{_cell(recycling.tracks[recycling.longterm_track].list_name)} without an end. Whom sales "
        "never touched is not recycled."
    )


def _commitment(rules: Rules) -> Iterator[str]:
    promise = rules.commitment
    yield "\n## What marketing promises\n"
    yield (
        f"Each month {promise.monthly_count} MQLs worth {promise.monthly_value:,.0f} "
        f"{promise.currency} together."
    )
    for quarter in promise.quarters:
        rows = [*quarter.sources.items(), ("every other source", quarter.other)]
        yield f"\nFrom {quarter.starts_on} on:"
        yield from _table(("source", "an MQL is worth"), ((name, f"{v:,.0f}") for name, v in rows))


def _limits(rules: Rules) -> Iterator[str]:
    limits = rules.limits
    yield "\n## What waits for a yes\n"
    yield "More than this is held until an operator approves it; opt-outs never are."
    names = (("people", "people written about"), ("mqls", "new MQLs"))
    rows = (*names, ("list_removals", "removals from nurture lists"))
    yield from _table(
        ("what", "in one cycle", "in 24 hours"),
        (
            (what, f"{getattr(limits.cycle, name):,}", f"{getattr(limits.day, name):,}")
            for name, what in rows
        ),
    )
    yield (
        f"\nAnd in one cycle {limits.share:.0%} of everybody known, as soon as "
        f"{limits.share_from:,} people are known."
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def _days(span: timedelta) -> str:
    days = span / timedelta(days=1)
    return f"{days:g} day" if days == 1 else f"{days:g} days"


def _duration(tier: Tier) -> str:
    minutes = tier.duration / timedelta(minutes=1)
    return f"{minutes / 60:g} hours" if minutes > 60 else f"{minutes:g} minutes"
